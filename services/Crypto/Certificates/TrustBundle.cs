namespace McpSecure.Crypto;

/// <summary>Tells whom to trust.</summary>
internal sealed class TrustBundle(CertificateStore store, AuthorityKeys keys)
{
    /// <summary>Returns the authorities, oldest first, each of which was put into the database by this service.</summary>
    /// <exception cref="InvalidDataException">Somebody else put one there: then nobody is told anything.</exception>
    public async Task<IReadOnlyList<CertificateAuthority>> ReadAsync(CancellationToken cancellationToken)
    {
        var authorities = await store.AuthoritiesAsync(cancellationToken);
        foreach (var authority in authorities)
        {
            keys.Prove(authority);
        }

        return authorities;
    }
}
