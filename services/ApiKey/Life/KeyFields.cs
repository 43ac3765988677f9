using System.Net;
using System.Net.Sockets;
using Google.Protobuf.Collections;
using McpSecure.ApiKey.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Reads what the contract's own rules cannot check of a key's fields. Whatever is wrong is refused by the field's path.</summary>
internal static class KeyFields
{
    private const int MostRequestsPerSecond = 10_000;
    private static readonly TimeSpan LongestLife = TimeSpan.FromSeconds(315_576_000); // as CreateApiKeyRequest.lifetime

    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static string Name(string field, string name) => name.Length > 0 ? DisplayText.Read(name, field) : throw Refusal.InvalidField(field, "is required.");

    /// <exception cref="Refusal">FIELD_INVALID, SCOPE_UNKNOWN.</exception>
    public static IReadOnlyList<string> Scopes(string field, RepeatedField<string> scopes)
    {
        RequireKnown(scopes);
        if (scopes.Count == 0 || scopes.Distinct(StringComparer.Ordinal).Count() != scopes.Count)
        {
            throw Refusal.InvalidField(field, "must name at least one scope, and each once.");
        }

        return [.. scopes];
    }

    /// <exception cref="Refusal">SCOPE_UNKNOWN.</exception>
    public static void RequireKnown(IEnumerable<string> scopes)
    {
        if (ApiKey.Scopes.FirstUnknown(scopes) is { } unknown)
        {
            throw Refusal.Because(ErrorReason.ScopeUnknown, "There is no such scope.", ("scope", unknown));
        }
    }

    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static IReadOnlyList<KeyPermission> Permissions(string field, RepeatedField<ApiKeyPermission> permissions)
    {
        var read = new List<KeyPermission>();
        for (var i = 0; i < permissions.Count; i++)
        {
            var permission = new KeyPermission(
                Pattern($"{field}[{i}].resource_pattern", permissions[i].ResourcePattern), Pattern($"{field}[{i}].action_pattern", permissions[i].ActionPattern));
            if (read.Contains(permission))
            {
                throw Refusal.InvalidField($"{field}[{i}]", "stands there twice.");
            }

            read.Add(permission);
        }

        return read;
    }

    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static IReadOnlyList<IPNetwork> Networks(string field, RepeatedField<string> networks)
    {
        var read = new List<IPNetwork>();
        for (var i = 0; i < networks.Count; i++)
        {
            // One form for each network, so that what is listed is what was meant: no host bits, no other way to write it.
            if (!IPNetwork.TryParse(networks[i], out var network)
                || network.ToString() != networks[i]
                || new IPNetwork(network.BaseAddress, network.PrefixLength).ToString() != networks[i]
                || HasHostBits(network)
                || network.BaseAddress is { AddressFamily: AddressFamily.InterNetworkV6 } and ({ IsIPv4MappedToIPv6: true } or { ScopeId: not 0 }))
            {
                throw Refusal.InvalidField($"{field}[{i}]", "must be a network in its canonical CIDR form without host bits, as 192.0.2.0/24 or 2001:db8::/32.");
            }

            if (read.Contains(network))
            {
                throw Refusal.InvalidField($"{field}[{i}]", "stands there twice.");
            }

            read.Add(network);
        }

        return read;
    }

    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static KeyRateLimit? RateLimit(string field, ApiKeyRateLimit? limit)
    {
        if (limit is null)
        {
            return null;
        }

        var period = limit.Period.ToTimeSpan();
        if (limit.Requests > MostRequestsPerSecond * period.TotalSeconds)
        {
            throw Refusal.InvalidField($"{field}.requests", $"must be at most {MostRequestsPerSecond} a second.");
        }

        return limit.Burst <= limit.Requests
            ? new(limit.Requests, period, limit.Burst == 0 ? limit.Requests : limit.Burst)
            : throw Refusal.InvalidField($"{field}.burst", "must be at most requests.");
    }

    /// <summary>Refuses an expiry that has passed already or lies too far away.</summary>
    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static void RequireFuture(string field, DateTimeOffset? expiresAt, DateTimeOffset now)
    {
        if (expiresAt <= now || expiresAt > now + LongestLife)
        {
            throw Refusal.InvalidField(field, "must be in the future, at most 10 years away.");
        }
    }

    public static IReadOnlyDictionary<string, string> Metadata(MapField<string, string> metadata) => new Dictionary<string, string>(metadata, StringComparer.Ordinal);

    /// <summary>Tells whether a network lies in another one.</summary>
    public static bool Contains(this IPNetwork outer, IPNetwork inner) => outer.PrefixLength <= inner.PrefixLength && outer.Contains(inner.BaseAddress);

    // What Authorization takes, to which keys' permissions are handed. Python reads a bracket that is never closed as itself; nobody means that here.
    private static FnmatchPattern Pattern(string field, string pattern) =>
        FnmatchSyntax.Read(PatternRules.Read(pattern, field).Text).Characters.Any(place => place.OnlyMember == '[')
            ? throw Refusal.InvalidField(field, "has a bracket that is never closed.")
            : new FnmatchPattern(pattern);

    private static bool HasHostBits(IPNetwork network)
    {
        var bytes = network.BaseAddress.GetAddressBytes();
        for (var bit = network.PrefixLength; bit < bytes.Length * 8; bit++)
        {
            if ((bytes[bit / 8] & (0x80 >> (bit % 8))) != 0)
            {
                return true;
            }
        }

        return false;
    }
}
