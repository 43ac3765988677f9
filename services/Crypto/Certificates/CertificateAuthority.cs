namespace McpSecure.Crypto;

/// <summary>An authority as it is stored, one that is in the bundle.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Certificate">Its self-signed certificate, DER.</param>
/// <param name="Imported">Whether the operator brought it along.</param>
/// <param name="IssuesFrom">Since or from when it issues, until a later one does; null where it never issues here.</param>
/// <param name="ExpiresAt">When its certificate ends.</param>
/// <param name="Key">Its sealed private key, PKCS #8.</param>
/// <param name="List">The newest revocation list, DER; null before the first is signed.</param>
/// <param name="ListNumber">The list's number.</param>
/// <param name="ListSignedAt">When the list was signed.</param>
internal sealed record CertificateAuthority(
    Guid Id,
    byte[] Certificate,
    bool Imported,
    DateTimeOffset? IssuesFrom,
    DateTimeOffset ExpiresAt,
    WrappedVersion Key,
    byte[]? List,
    long ListNumber,
    DateTimeOffset? ListSignedAt);

/// <summary>Says where an authority of the bundle stands.</summary>
internal enum AuthorityState
{
    /// <summary>Trusted, and issues later.</summary>
    Published,

    /// <summary>Issues.</summary>
    Issuing,

    /// <summary>Trusted for what it issued.</summary>
    Retired,
}

/// <summary>Reads from the authorities of the bundle what follows from the time alone, so that nothing has to be switched over.</summary>
internal static class AuthorityStates
{
    /// <summary>Returns the authority that issues at a time, or null where none does.</summary>
    public static CertificateAuthority? Issuing(this IEnumerable<CertificateAuthority> authorities, DateTimeOffset now) => authorities
        .Where(authority => authority.IssuesFrom <= now && authority.ExpiresAt > now)
        .OrderBy(authority => authority.IssuesFrom).ThenBy(authority => authority.Id)
        .LastOrDefault();

    /// <summary>Returns the authority that will issue, or null where none waits.</summary>
    public static CertificateAuthority? Next(this IEnumerable<CertificateAuthority> authorities, DateTimeOffset now) =>
        authorities.FirstOrDefault(authority => authority.IssuesFrom > now);

    /// <summary>Returns where one of the authorities stands.</summary>
    public static AuthorityState StateOf(this IReadOnlyCollection<CertificateAuthority> authorities, CertificateAuthority authority, DateTimeOffset now) =>
        authority.Id == authorities.Issuing(now)?.Id ? AuthorityState.Issuing
        : authority.IssuesFrom > now ? AuthorityState.Published
        : AuthorityState.Retired;
}
