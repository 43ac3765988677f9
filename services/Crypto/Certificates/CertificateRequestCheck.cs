using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Client;

namespace McpSecure.Crypto;

/// <summary>Says whether a certification request is granted a look at its key.</summary>
internal abstract record RequestVerdict
{
    private RequestVerdict()
    {
    }

    /// <summary>The request proves that its sender has the private half of this key.</summary>
    public sealed record Accepted(PublicKey Key) : RequestVerdict;

    /// <summary>The request is refused: a word for programs, a sentence for people.</summary>
    public sealed record Refused(string Flaw, string Why) : RequestVerdict;
}

/// <summary>Judges certification requests (PKCS #10, RFC 2986). All that is ever taken from one is its key.</summary>
internal static class CertificateRequestCheck
{
    private const string RsaKey = "1.2.840.113549.1.1.1";
    private const string EllipticCurveKey = "1.2.840.10045.2.1";
    private const string SubjectAlternativeName = "2.5.29.17";
    private const int LeastModulusSizeInBits = 2048;
    private const int GreatestModulusSizeInBits = 4096;

    private static readonly string[] Curves = [ECCurve.NamedCurves.nistP256.Oid.Value!, ECCurve.NamedCurves.nistP384.Oid.Value!];

    /// <summary>Judges a request by which a workload asks for a certificate of its own.</summary>
    public static RequestVerdict Check(byte[] der, SpiffeId holder)
    {
        // Without its extensions a request would be accepted whatever they are; loaded here, they are looked at and left behind.
        const CertificateRequestLoadOptions Everything = CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions;
        if (Load(der, Everything | CertificateRequestLoadOptions.SkipSignatureValidation) is not { } request)
        {
            return new RequestVerdict.Refused("malformed", "It is no DER-encoded PKCS #10 request.");
        }

        if (WhyWeak(request.PublicKey) is { } weakness)
        {
            return new RequestVerdict.Refused("key", weakness);
        }

        // RFC 2986 §3: signed with the key that it holds. Without this, anybody could have somebody else's key certified as his.
        if (Load(der, Everything) is null)
        {
            return new RequestVerdict.Refused("signature", "It is not signed by its own key.");
        }

        if (request.OtherRequestAttributes.Count > 0)
        {
            return new RequestVerdict.Refused("attribute", "It has attributes other than the request of extensions.");
        }

        foreach (var extension in request.CertificateExtensions)
        {
            if (extension.Oid?.Value != SubjectAlternativeName)
            {
                return new RequestVerdict.Refused("extension", $"It asks for the extension {extension.Oid?.Value}; this authority decides on extensions.");
            }

            if (!NamesOnly(extension.RawData, holder))
            {
                return new RequestVerdict.Refused("name", $"It asks for other names than {holder}.");
            }
        }

        return new RequestVerdict.Accepted(request.PublicKey);
    }

    private static CertificateRequest? Load(byte[] der, CertificateRequestLoadOptions options)
    {
        try
        {
            return CertificateRequest.LoadSigningRequest(der, HashAlgorithmName.SHA256, options, RSASignaturePadding.Pkcs1);
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException or ArgumentException)
        {
            return null;
        }
    }

    private static string? WhyWeak(PublicKey key)
    {
        try
        {
            return key.Oid.Value switch
            {
                EllipticCurveKey => WhyWeakCurve(key),
                RsaKey => WhyWeakModulus(key),
                var other => $"Keys of the kind {other} are not certified.",
            };
        }
        catch (Exception e) when (e is CryptographicException or AsnContentException or PlatformNotSupportedException or ArgumentException)
        {
            return "Its key cannot be read.";
        }
    }

    private static string? WhyWeakCurve(PublicKey key)
    {
        // RFC 5480 §2.1.1: the curve by its name. Parameters spelled out are a known way to a forged curve (CVE-2020-0601).
        var parameters = new AsnReader(key.EncodedParameters?.RawData ?? [], AsnEncodingRules.DER);
        if (!parameters.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier) || !Curves.Contains(parameters.ReadObjectIdentifier(), StringComparer.Ordinal))
        {
            return "Its curve is neither P-256 nor P-384.";
        }

        using var curve = key.GetECDsaPublicKey(); // throws where the point does not lie on the curve
        return curve is null ? "Its key cannot be read." : null;
    }

    private static string? WhyWeakModulus(PublicKey key)
    {
        using var rsa = key.GetRSAPublicKey();
        if (rsa is null || rsa.KeySize < LeastModulusSizeInBits || rsa.KeySize > GreatestModulusSizeInBits)
        {
            return $"Its RSA key is not between {LeastModulusSizeInBits} and {GreatestModulusSizeInBits} bits long.";
        }

        // FIPS 186-5 §A.1.1: an odd exponent above 2^16; the modulus is a product of odd primes.
        var parameters = rsa.ExportParameters(includePrivateParameters: false);
        var exponent = parameters.Exponent.AsSpan().TrimStart((byte)0);
        return exponent.Length is < 3 or > 4 || (exponent[^1] & 1) == 0 ? "The exponent of its RSA key is not an odd number from 65 537 to 2^32."
            : (parameters.Modulus![^1] & 1) == 0 ? "The modulus of its RSA key is even."
            : null;
    }

    private static bool NamesOnly(byte[] subjectAlternativeName, SpiffeId holder)
    {
        try
        {
            // RFC 5280 §4.2.1.6: GeneralNames; uniformResourceIdentifier is [6] IA5String.
            var reader = new AsnReader(subjectAlternativeName, AsnEncodingRules.DER);
            var names = reader.ReadSequence();
            reader.ThrowIfNotEmpty();
            var name = names.ReadCharacterString(UniversalTagNumber.IA5String, new Asn1Tag(TagClass.ContextSpecific, 6));
            return !names.HasData && name == holder.ToString();
        }
        catch (AsnContentException)
        {
            return false;
        }
    }
}
