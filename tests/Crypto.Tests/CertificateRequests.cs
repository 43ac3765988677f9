using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

/// <summary>Makes certification requests, right ones and wrong ones.</summary>
internal static class CertificateRequests
{
    /// <summary>Makes a right request under a new key.</summary>
    public static ByteString New() => New(_ => { });

    /// <summary>Makes a request under a new P-256 key that asks for more.</summary>
    public static ByteString New(Action<CertificateRequest> change)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return Under(key, change);
    }

    /// <summary>Makes a request under a key.</summary>
    public static ByteString Under(ECDsa key, Action<CertificateRequest>? change = null)
    {
        var request = new CertificateRequest("CN=whoever I like, O=Everybody", key, HashAlgorithmName.SHA256);
        change?.Invoke(request);
        return ByteString.CopyFrom(request.CreateSigningRequest());
    }

    /// <summary>Makes a request under a key of a curve.</summary>
    public static ByteString On(ECCurve curve)
    {
        using var key = ECDsa.Create(curve);
        return Under(key);
    }

    /// <summary>Makes a request under an RSA key.</summary>
    public static ByteString Under(RSA key) =>
        ByteString.CopyFrom(new CertificateRequest("CN=rsa", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1).CreateSigningRequest());

    /// <summary>Makes the extension that asks for names.</summary>
    public static X509Extension Names(params string[] uris)
    {
        var names = new SubjectAlternativeNameBuilder();
        foreach (var uri in uris)
        {
            names.AddUri(new Uri(uri));
        }

        return names.Build();
    }

    /// <summary>Gives the SPIFFE id of a workload of the tests.</summary>
    public static string IdOf(string workload) => $"spiffe://{TestPki.TrustDomain}/svc/{workload}";
}
