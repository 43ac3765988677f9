using System.Text.Json;
using McpSecure.ApiKey.V1;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace McpSecure.Cli.Commands;

/// <summary>Is one key of a platform of before, as a line of <c>mcpsecure keys import</c> has it: in the words of the options of <c>keys create</c>.</summary>
/// <param name="Hash">The SHA-256 of salt and key, as 64 hexadecimal digits.</param>
/// <param name="Owner">Whose it is, by name or id.</param>
/// <param name="Name">What to call it.</param>
/// <param name="Scopes">What to narrow it to.</param>
/// <param name="Salt">Which of the salts, from 0.</param>
/// <param name="Organization">The organization it belongs to, by name or id; null for none.</param>
/// <param name="Permissions">What to narrow it to besides; null for nothing.</param>
/// <param name="Networks">Where it may be used from; null for everywhere.</param>
/// <param name="Rate">How often it may be used; null for as the platform allows.</param>
/// <param name="Burst">How often at once; null for as often as in a period.</param>
/// <param name="Metadata">Facts that are no secret; null for none.</param>
/// <param name="ExpiresAt">When it ends by itself; null for never.</param>
internal sealed record KeyImportLine(
    string Hash,
    string Owner,
    string Name,
    IReadOnlyList<string> Scopes,
    int Salt = 0,
    string? Organization = null,
    IReadOnlyList<string>? Permissions = null,
    IReadOnlyList<string>? Networks = null,
    string? Rate = null,
    int? Burst = null,
    IReadOnlyDictionary<string, string>? Metadata = null,
    string? ExpiresAt = null)
{
    /// <summary>Says what a line looks like.</summary>
    public const string Form =
        """A key is one JSON object: "hash", "owner", "name", "scopes", and as needed "salt", "organization", "permissions", "networks", "rate", "burst", "metadata", "expiresAt".""";

    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Strict) { PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    /// <summary>Reads a line; null where it is no key, or tells something that is not what it should be.</summary>
    public static KeyImportLine? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            return JsonSerializer.Deserialize<KeyImportLine>(line, Strict) is { } read && read.IsReadable() ? read : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // InvalidOperationException: an escape that is half a character
        }
    }

    /// <summary>Makes what goes to the service.</summary>
    public ImportedApiKey ToMessage(string ownerId, string organizationId)
    {
        var key = new ImportedApiKey
        {
            Hash = Hash,
            SaltIndex = Salt,
            OwnerId = ownerId,
            OrganizationId = organizationId,
            Name = Name,
            Scopes = { Scopes },
            Permissions = { (Permissions ?? []).Select(ResourceAction.TryRead).OfType<ResourceAction>().Select(KeyOptions.ToMessage) },
            AllowedNetworks = { Networks ?? [] },
            RateLimit = Rate is null ? null : KeyRate.TryRead(Rate)?.ToMessage(Burst),
            ExpiresAt = ExpiresAt is not null && Times.TryRead(ExpiresAt) is { } time ? Timestamp.FromDateTimeOffset(time) : null,
        };
        foreach (var (name, value) in Metadata ?? new Dictionary<string, string>(StringComparer.Ordinal))
        {
            key.Metadata[name] = value;
        }

        return key;
    }

    /// <summary>Answers the type's name: a hash of a key that somebody chose may tell it.</summary>
    public override string ToString() => nameof(KeyImportLine);

    // What is not read must not be left out: a key would be wider or live longer than was asked for.
    private bool IsReadable() =>
        (Permissions ?? []).All(text => text is not null && ResourceAction.TryRead(text) is not null)
        && Scopes.Concat(Networks ?? []).Concat(Metadata?.Values ?? []).All(text => text is not null)
        && (Rate is null ? Burst is null : KeyRate.TryRead(Rate) is not null)
        && (ExpiresAt is null || Times.TryRead(ExpiresAt) is not null);
}
