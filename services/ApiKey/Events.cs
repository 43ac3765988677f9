using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Names and describes what this service tells the audit log.</summary>
internal static class Events
{
    private const int LongestWhole = 1_000;

    public const string KeyCreated = "apikey.key.created";
    public const string KeyRevoked = "apikey.key.revoked";
    public const string KeyUpdated = "apikey.key.updated";
    public const string KeyDisabled = "apikey.key.disabled";
    public const string KeyEnabled = "apikey.key.enabled";
    public const string KeyRotated = "apikey.key.rotated";
    public const string KeyRead = "apikey.key.read";

    /// <summary>Somebody has a secret who should not: the key was revoked. CRITICAL.</summary>
    public const string KeyLeaked = "apikey.key.leaked";

    /// <summary>All keys of an owner or an organization were revoked; each has an event of its own besides.</summary>
    public const string AllKeysRevoked = "apikey.keys.revoked";

    /// <summary>A key of a platform of before was taken over.</summary>
    public const string KeyImported = "apikey.key.imported";

    /// <summary>Keys of a platform of before were taken over; each has an event of its own besides.</summary>
    public const string KeysImported = "apikey.keys.imported";

    /// <summary>A key's hash was replaced by a costlier one, or an imported key's by its first, when its secret was at hand.</summary>
    public const string KeyRehashed = "apikey.key.rehashed";

    /// <summary>A presented key was judged: SUCCESS, or DENIED with the reason that the caller is not told.</summary>
    public const string KeyValidated = "apikey.key.validated";

    /// <summary>A call without a key was refused by a limit.</summary>
    public const string RateLimitChecked = "apikey.rate_limit.checked";

    /// <summary>Names a key as a resource, here and towards Authorization.</summary>
    public static string ResourceOf(ApiKeyId id) => $"api-keys/{id}";

    /// <summary>Names all keys of an owner, towards Authorization: only administrators may do to them what he may.</summary>
    public static string ResourceOfOwner(Guid owner) => $"api-key-owners/{owner}";

    /// <summary>Says which key was made, and how.</summary>
    public static AuditEvent Describe(AuditEvent started, ApiKeyRecord key)
    {
        Name(started, key);
        foreach (var (field, value) in KeyDifferences.FieldsOf(key).Where(field => field.Value.Length > 0))
        {
            WithLong(started, field, value);
        }

        return started;
    }

    /// <summary>Says which key was changed, and each field that was, as it was before and as it is after.</summary>
    public static AuditEvent Describe(AuditEvent started, ApiKeyRecord before, ApiKeyRecord after)
    {
        Name(started, after);
        foreach (var (field, was, becomes) in KeyDifferences.Between(before, after))
        {
            WithLong(started, $"{field}.before", was);
            WithLong(started, $"{field}.after", becomes);
        }

        return started;
    }

    /// <summary>Says how a presented key was judged, with the reason that the caller is not told.</summary>
    public static KeyDecision Describe(VerifyResult result) => result switch
    {
        VerifyResult.Valid({ } key, _, null) => new(key.Resource, key.Subject),
        VerifyResult.Valid({ } key, _, { } watching) => new(key.Resource, key.Subject) { FactName = "shadow_limit", FactValue = watching.Name },
        VerifyResult.ScopeMissing(var key, var scope) => Denied(key, ErrorReason.ScopeMissing) with { FactName = "scope", FactValue = scope },
        VerifyResult.PermissionMissing(var key) => Denied(key, ErrorReason.KeyPermissionMissing),
        VerifyResult.AddressNotAllowed(var key) => Denied(key, ErrorReason.AddressNotAllowed),
        VerifyResult.NotLetThrough(var key, { Outcome: RateOutcome.Refused, Tightest: { } tightest }) =>
            Denied(key, ErrorReason.RateLimited) with { FactName = "limit", FactValue = tightest.Limit.Name },
        VerifyResult.NotLetThrough(var key, _) => Denied(key, ErrorReason.DependencyUnavailable) with { Outcome = Outcome.Failure },
        VerifyResult.LockedOut => new("", null) { Outcome = Outcome.Denied, Severity = Severity.Warning, Reason = Refusal.NameOf(ErrorReason.TooManyAttempts) },

        // Whoever shows it had it before it was rotated: a copy is about, or a client that nobody told.
        VerifyResult.Invalid(InvalidBecause.Rotated, { } rotated, _) => Denied(InvalidBecause.Rotated, rotated) with { Severity = Severity.High },
        VerifyResult.Invalid(var why, var claimed, _) => Denied(why, claimed),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static KeyDecision Denied(KnownKey key, ErrorReason reason) =>
        new(key.Resource, key.Subject) { Outcome = Outcome.Denied, Severity = Severity.Warning, Reason = Refusal.NameOf(reason) };

    private static KeyDecision Denied(InvalidBecause why, ApiKeyId? claimed) =>
        new(claimed is { } id ? ResourceOf(id) : "", null) { Outcome = Outcome.Denied, Severity = Severity.Warning, Reason = NameOf(why) };

    private static void Name(AuditEvent started, ApiKeyRecord key)
    {
        started.On(ResourceOf(key.Id)).With("owner_id", key.OwnerId.ToString());
        if (key.OrganizationId is { } organization)
        {
            started.In(organization.ToString());
        }
    }

    // The log cuts what is long; the digest proves what the rest was.
    private static void WithLong(AuditEvent started, string name, string value)
    {
        started.With(name, value);
        if (value.Length > LongestWhole)
        {
            started.With($"{name}.sha256", Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(value))));
        }
    }

    /// <summary>Names why a presented text is no valid key.</summary>
    public static string NameOf(InvalidBecause why) => why switch
    {
        InvalidBecause.Unreadable => "UNREADABLE",
        InvalidBecause.ChecksumWrong => "CHECKSUM_WRONG",
        InvalidBecause.Unknown => "UNKNOWN",
        InvalidBecause.SecretWrong => "SECRET_WRONG",
        InvalidBecause.Revoked => "REVOKED",
        InvalidBecause.Disabled => "DISABLED",
        InvalidBecause.Expired => "EXPIRED",
        InvalidBecause.Rotated => "ROTATED",
        InvalidBecause.OtherOrganization => "OTHER_ORGANIZATION",
    };
}

/// <summary>What the audit log is told of a validation.</summary>
/// <param name="Resource">The key; empty where it did not say which it is.</param>
/// <param name="Subject">The key as who did it; null where it is not proven.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct KeyDecision(string Resource, DecisionSubject? Subject)
{
    /// <summary>Gets how it ended.</summary>
    public Outcome Outcome { get; init; } = Outcome.Success;

    /// <summary>Gets how much it asks for attention.</summary>
    public Severity Severity { get; init; } = Severity.Info;

    /// <summary>Gets why it was refused; empty where it was not.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Gets the name of one more fact; means nothing where there is none.</summary>
    public string FactName { get; init; } = "";

    /// <summary>Gets the fact; empty where there is none.</summary>
    public string FactValue { get; init; } = "";
}
