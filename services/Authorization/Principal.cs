using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using McpSecure.Client;

namespace McpSecure.Authorization;

/// <summary>The kinds of principal. Stored by number: never renumbered.</summary>
internal enum PrincipalKind
{
    User = 1,
    ApiKey = 2,
    Service = 3,
}

/// <summary>
/// Somebody or something that holds rights. One principal has one spelling, so that what is given to one spelling cannot be missed under
/// another. Its text, on the invalidation channel and in events, is <c>user/0190…</c>, <c>api_key/0190…</c> or <c>service/crypto</c>.
/// </summary>
internal readonly record struct Principal : IParsable<Principal>
{
    private static readonly SearchValues<char> UuidCharacters = SearchValues.Create("-0123456789abcdef");

    private Principal(PrincipalKind kind, string id) => (Kind, Id) = (kind, id);

    public PrincipalKind Kind { get; }

    /// <summary>Gets the id: a UUID of 36 lower-case characters for a user or an API key, the workload's name for a service.</summary>
    public string Id { get; }

    public static Principal User(Guid id) => new(PrincipalKind.User, id.ToString());

    /// <summary>Makes a principal; null where the id does not have the one form that its kind asks for.</summary>
    public static Principal? Of(PrincipalKind kind, string id) => IsId(kind, id) ? new(kind, id) : null;

    public static Principal Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var principal) ? principal : throw new FormatException("This is no principal.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Principal result)
    {
        result = default;
        if (s?.Split('/', 2) is not [var name, var id] || KindOf(name) is not { } kind || !IsId(kind, id))
        {
            return false;
        }

        result = new(kind, id);
        return true;
    }

    public override string ToString() => $"{NameOf(Kind)}/{Id}";

    private static bool IsId(PrincipalKind kind, string id) => kind switch
    {
        PrincipalKind.User or PrincipalKind.ApiKey => IsUuid(id),
        PrincipalKind.Service => SpiffeId.IsWorkloadName(id),
    };

    // Guid.TryParseExact alone takes upper case, blanks around it, and "0x" or "+" within it.
    private static bool IsUuid(string id) =>
        id.Length == 36 && !id.AsSpan().ContainsAnyExcept(UuidCharacters) && Guid.TryParseExact(id, "D", out _);

    private static string NameOf(PrincipalKind kind) => kind switch
    {
        PrincipalKind.User => "user",
        PrincipalKind.ApiKey => "api_key",
        PrincipalKind.Service => "service",
    };

    private static PrincipalKind? KindOf(string name) => name switch
    {
        "user" => PrincipalKind.User,
        "api_key" => PrincipalKind.ApiKey,
        "service" => PrincipalKind.Service,
        _ => null,
    };
}
