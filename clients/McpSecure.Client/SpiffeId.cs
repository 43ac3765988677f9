using System.Diagnostics.CodeAnalysis;

namespace McpSecure.Client;

/// <summary>Names a workload: <c>spiffe://&lt;trust domain&gt;/&lt;path&gt;</c>. A value of this type is well-formed.</summary>
/// <remarks>Source: SPIFFE-ID standard §2. Stricter than RFC 3986: one spelling per id, so that equality is equality of characters.</remarks>
public sealed record SpiffeId
{
    private const string Scheme = "spiffe://";
    private const string WorkloadPrefix = "/svc/";

    private SpiffeId(string trustDomain, string path) => (TrustDomain, Path) = (trustDomain, path);

    /// <summary>Gets the trust domain, for example <c>mcpsecure.local</c>.</summary>
    public string TrustDomain { get; }

    /// <summary>Gets the path with its leading slash, for example <c>/svc/crypto</c>.</summary>
    public string Path { get; }

    /// <summary>Gets the workload's name where the path is <c>/svc/&lt;name&gt;</c>, else null.</summary>
    public string? WorkloadName =>
        Path.StartsWith(WorkloadPrefix, StringComparison.Ordinal) && IsWorkloadName(Path.AsSpan(WorkloadPrefix.Length))
            ? Path[WorkloadPrefix.Length..]
            : null;

    /// <summary>Makes the id of a workload of a trust domain.</summary>
    /// <exception cref="ArgumentException">The trust domain or the name has a form that no id has.</exception>
    public static SpiffeId ForWorkload(string trustDomain, string name)
    {
        if (!IsTrustDomain(trustDomain))
        {
            throw new ArgumentException($"'{trustDomain}' is no SPIFFE trust domain.", nameof(trustDomain));
        }

        return IsWorkloadName(name)
            ? new SpiffeId(trustDomain, WorkloadPrefix + name)
            : throw new ArgumentException($"'{name}' is no workload name: a lower-case letter, then at most 63 of a-z 0-9 - _ .", nameof(name));
    }

    /// <summary>Reads an id. Returns false where the text is not exactly one.</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out SpiffeId? id)
    {
        id = null;

        // SPIFFE-ID §2.3: at most 2048 bytes.
        if (text is null || text.Length > 2048 || !text.StartsWith(Scheme, StringComparison.Ordinal))
        {
            return false;
        }

        var slash = text.IndexOf('/', Scheme.Length);
        if (slash < 0 || !IsTrustDomain(text.AsSpan(Scheme.Length, slash - Scheme.Length)) || !IsPath(text.AsSpan(slash)))
        {
            return false;
        }

        id = new SpiffeId(text[Scheme.Length..slash], text[slash..]);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Scheme + TrustDomain + Path;

    // SPIFFE-ID §2.1: lower-case letters, digits, dots, dashes, underscores; at most 255 bytes.
    internal static bool IsTrustDomain(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 255 && !text.ContainsAnyExcept(Characters.TrustDomain);

    /// <summary>Tells whether a text has the form of a workload's name: a lower-case letter, then at most 63 of a-z 0-9 - _ .</summary>
    public static bool IsWorkloadName(ReadOnlySpan<char> text) =>
        text.Length is > 0 and <= 64 && char.IsAsciiLetterLower(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
        && !text.ContainsAnyExcept(Characters.TrustDomain);

    // SPIFFE-ID §2.2: segments of letters, digits, dots, dashes, underscores; none empty, none a relative modifier, no slash at the end.
    private static bool IsPath(ReadOnlySpan<char> path)
    {
        foreach (var range in path[1..].Split('/'))
        {
            var segment = path[1..][range];
            if (segment.IsEmpty || segment is "." or ".." || segment.ContainsAnyExcept(Characters.Segment))
            {
                return false;
            }
        }

        return true;
    }

    private static class Characters
    {
        public static readonly System.Buffers.SearchValues<char> TrustDomain =
            System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789.-_");

        public static readonly System.Buffers.SearchValues<char> Segment =
            System.Buffers.SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
    }
}
