using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Names and describes what this service tells the audit log.</summary>
internal static class Events
{
    public const string KeyCreated = "apikey.key.created";
    public const string KeyRevoked = "apikey.key.revoked";

    /// <summary>A key's hash was replaced by a costlier one, or an imported key's by its first, when its secret was at hand.</summary>
    public const string KeyRehashed = "apikey.key.rehashed";

    /// <summary>A presented key was judged: SUCCESS, or DENIED with the reason that the caller is not told.</summary>
    public const string KeyValidated = "apikey.key.validated";

    /// <summary>A call without a key was refused by a limit.</summary>
    public const string RateLimitChecked = "apikey.rate_limit.checked";

    /// <summary>Names a key as a resource, here and towards Authorization.</summary>
    public static string ResourceOf(ApiKeyId id) => $"api-keys/{id}";

    /// <summary>Says which key was made or ended.</summary>
    public static AuditEvent Describe(AuditEvent started, ApiKeyRecord key)
    {
        started.On(ResourceOf(key.Id)).With("owner_id", key.OwnerId.ToString()).With("name", key.Name).With("scopes", string.Join(' ', key.Scopes));
        return key.ExpiresAt is { } end ? started.With("expires_at", end.ToString("O")) : started;
    }

    /// <summary>Says how a presented key was judged.</summary>
    public static AuditEvent Describe(AuditEvent started, VerifyResult result) => result switch
    {
        VerifyResult.Valid(var key) => Holder(started, key),
        VerifyResult.ScopeMissing(var key, var scope) => Holder(started, key).With("scope", scope).Denied(ErrorReason.ScopeMissing),
        // Whoever shows it had it before it was rotated: a copy is about, or a client that nobody told.
        VerifyResult.Invalid(InvalidBecause.Rotated, { } rotated) =>
            started.On(ResourceOf(rotated)).Denied(NameOf(InvalidBecause.Rotated)).At(Severity.High),
        VerifyResult.Invalid(var why, { } claimed) => started.On(ResourceOf(claimed)).Denied(NameOf(why)),
        VerifyResult.Invalid(var why, null) => started.Denied(NameOf(why)),
        _ => throw new System.Diagnostics.UnreachableException(),
    };

    private static AuditEvent Holder(AuditEvent started, ApiKeyRecord key) =>
        started.By(PrincipalType.ApiKey, key.Id.ToString(), key.Name).On(ResourceOf(key.Id)).With("owner_id", key.OwnerId.ToString());

    private static string NameOf(InvalidBecause why) => why switch
    {
        InvalidBecause.Unreadable => "UNREADABLE",
        InvalidBecause.ChecksumWrong => "CHECKSUM_WRONG",
        InvalidBecause.Unknown => "UNKNOWN",
        InvalidBecause.SecretWrong => "SECRET_WRONG",
        InvalidBecause.Revoked => "REVOKED",
        InvalidBecause.Disabled => "DISABLED",
        InvalidBecause.Expired => "EXPIRED",
        InvalidBecause.Rotated => "ROTATED",
    };
}
