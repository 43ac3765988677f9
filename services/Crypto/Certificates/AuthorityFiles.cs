using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Reads the authority that the operator brought along.</summary>
internal sealed class AuthorityFiles(IOptions<CertificateOptions> options, TimeProvider clock)
{
    private const UnixFileMode OthersAccess =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Reads the files, or returns null where none are set.</summary>
    /// <exception cref="AuthorityFilesException">They cannot be used; the message says why.</exception>
    public ImportedAuthority? Read()
    {
        var paths = options.Value.Authority;
        if (paths.CertificatePath.Length == 0)
        {
            return null;
        }

        try
        {
            var pem = File.ReadAllText(paths.CertificatePath);
            if (pem.AsSpan().Count("-----BEGIN ") != 1)
            {
                throw new AuthorityFilesException($"The file {paths.CertificatePath} must hold one certificate, the root's: what it issues has no intermediates.");
            }

            using var certificate = X509Certificate2.CreateFromPem(pem);
            if (WhyNot(certificate, clock.GetUtcNow()) is { } flaw)
            {
                throw new AuthorityFilesException($"The certificate in {paths.CertificatePath} is none of an authority: {flaw}.");
            }

            using var key = ReadKey(paths.KeyPath);
            using var pair = certificate.CopyWithPrivateKey(key); // throws where they do not belong together
            return new ImportedAuthority(certificate.RawData, new DateTimeOffset(certificate.NotAfter), SecretBytes.Take(key.ExportPkcs8PrivateKey()));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            throw new AuthorityFilesException($"The authority in {paths.CertificatePath} and {paths.KeyPath} cannot be used: {e.Message}", e);
        }
    }

    private static string? WhyNot(X509Certificate2 certificate, DateTimeOffset now)
    {
        // RFC 5280 §6.1.4 (k) and (n), and §6.3.3 (f) for its lists.
        var usage = certificate.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault()?.KeyUsages ?? X509KeyUsageFlags.None;
        var constraints = certificate.Extensions.OfType<X509BasicConstraintsExtension>().FirstOrDefault();
        return constraints?.CertificateAuthority != true ? "its basic constraints do not say so"
            : constraints is not { HasPathLengthConstraint: true, PathLengthConstraint: 0 }
                ? "it may have authorities below it, and our revocation lists do not reach what they issue: its basic constraints must have pathLenConstraint 0"
            : !usage.HasFlag(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign) ? "its key may not sign certificates and revocation lists"
            : !certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData) ? "it is not self-signed, and peers trust roots only"
            : !certificate.Extensions.OfType<X509SubjectKeyIdentifierExtension>().Any() ? "it has no subject key identifier"
            : now < new DateTimeOffset(certificate.NotBefore) || now >= new DateTimeOffset(certificate.NotAfter) ? "it is not valid now"
            : null;
    }

    [SuppressMessage("Interoperability", "CA1416", Justification = "The services run on Linux; elsewhere this throws and nothing starts.")]
    private static ECDsa ReadKey(string path)
    {
        // The mode of what was opened, not of what lies at the path a moment later.
        using var stream = File.OpenRead(path);
        if ((File.GetUnixFileMode(stream.SafeFileHandle) & OthersAccess) != UnixFileMode.None)
        {
            throw new AuthorityFilesException($"The key file {path} is open to others than its owner; correct it with: chmod 600 {path}");
        }

        using var reader = new StreamReader(stream);
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(reader.ReadToEnd());
            return key;
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }
}

/// <summary>An authority that the operator brought along.</summary>
/// <param name="Certificate">Its certificate, DER.</param>
/// <param name="ExpiresAt">When the certificate ends.</param>
/// <param name="Key">Its private key, PKCS #8.</param>
internal sealed record ImportedAuthority(byte[] Certificate, DateTimeOffset ExpiresAt, SecretBytes Key) : IDisposable
{
    /// <summary>Zeroes the key.</summary>
    public void Dispose() => Key.Dispose();
}

/// <summary>Says why the operator's authority cannot be used, in a sentence for him.</summary>
internal sealed class AuthorityFilesException : Exception
{
    public AuthorityFilesException(string message)
        : base(message)
    {
    }

    public AuthorityFilesException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
