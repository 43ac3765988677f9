using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>
/// Makes and opens the keys of authorities. A key is sealed under the key hierarchy together with its certificate, so that a certificate put into the
/// database by somebody else opens nothing; it is open only while something is signed.
/// </summary>
internal sealed class AuthorityKeys(KeyEncryptionKeys keyEncryptionKeys)
{
    /// <summary>Seals the key of an authority.</summary>
    public WrappedVersion Seal(SecretBytes pkcs8, Guid id, byte[] certificate) => keyEncryptionKeys.Wrap(pkcs8, Label(id, certificate));

    /// <summary>Opens an authority for signing.</summary>
    /// <exception cref="InvalidDataException">The stored key or certificate was changed.</exception>
    public OpenAuthority Open(CertificateAuthority authority)
    {
        using var pkcs8 = Unwrap(authority)
            ?? throw new InvalidDataException($"The stored key of the certificate authority {authority.Id} does not open: it or its certificate was changed.");
        return OpenAuthority.Load(authority.Certificate, pkcs8);
    }

    /// <summary>Makes sure that an authority is ours and no row that somebody else wrote.</summary>
    /// <exception cref="InvalidDataException">It is not.</exception>
    public void Prove(CertificateAuthority authority)
    {
        using var pkcs8 = Unwrap(authority);
        if (pkcs8 is null)
        {
            throw new InvalidDataException($"The certificate authority {authority.Id} in the database was not put there by this service.");
        }
    }

    private SecretBytes? Unwrap(CertificateAuthority authority) => keyEncryptionKeys.TryUnwrap(authority.Key, Label(authority.Id, authority.Certificate));

    private static byte[] Label(Guid id, byte[] certificate) => WrappedKey.AuthorityKeyLabel(id, SHA256.HashData(certificate));
}
