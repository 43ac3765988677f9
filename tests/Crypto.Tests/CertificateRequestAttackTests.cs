using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using PublicKey = System.Security.Cryptography.X509Certificates.PublicKey;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class CertificateRequestAttackTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    private readonly CertificateService.CertificateServiceClient webshop = platform.Certificates("webshop");

    [Fact]
    public Task Request_ForAnotherWorkload_IsRefused() =>
        RefusedAsync("name", CertificateRequests.New(request => request.CertificateExtensions.Add(CertificateRequests.Names(CertificateRequests.IdOf("auth")))));

    [Fact]
    public Task Request_ForItselfAndAnotherWorkload_IsRefused() => RefusedAsync("name", CertificateRequests.New(request =>
        request.CertificateExtensions.Add(CertificateRequests.Names(CertificateRequests.IdOf("webshop"), CertificateRequests.IdOf("auth")))));

    [Fact]
    public Task Request_ForItsNameInAnotherTrustDomain_IsRefused() => RefusedAsync("name", CertificateRequests.New(request =>
        request.CertificateExtensions.Add(CertificateRequests.Names("spiffe://example.org/svc/webshop"))));

    [Fact]
    public Task Request_ForAHostName_IsRefused() => RefusedAsync("name", CertificateRequests.New(request =>
    {
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("auth.mcpsecure.svc");
        request.CertificateExtensions.Add(names.Build());
    }));

    [Fact]
    public Task Request_ToBeAnAuthority_IsRefused() => RefusedAsync("extension", CertificateRequests.New(request =>
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority())));

    [Fact]
    public Task Request_ForAUsage_IsRefused() => RefusedAsync("extension", CertificateRequests.New(request =>
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true))));

    [Fact]
    public Task Request_WithAnotherAttribute_IsRefused() => RefusedAsync("attribute", CertificateRequests.New(request =>
        request.OtherRequestAttributes.Add(new AsnEncodedData("1.2.840.113549.1.9.7", [0x0C, 0x02, (byte)'h', (byte)'i'])))); // challengePassword, RFC 2985 §5.4.1

    [Fact]
    public async Task Request_SignedByAnotherKey_IsRefused()
    {
        // The victim's key, certified to the attacker.
        using var victim = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var attacker = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(new X500DistinguishedName("CN=stolen"), new PublicKey(victim), HashAlgorithmName.SHA256);

        await RefusedAsync("signature", ByteString.CopyFrom(request.CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(attacker))));
    }

    [Fact]
    public async Task Request_ChangedAfterItWasSigned_IsRefused()
    {
        var request = CertificateRequests.New().ToByteArray();
        var name = request.AsSpan().IndexOf(Encoding.ASCII.GetBytes("whoever"));

        request[name] ^= 1;

        await RefusedAsync("signature", ByteString.CopyFrom(request));
    }

    [Fact]
    public async Task Request_UnderAWeakRsaKey_IsRefused()
    {
        using var rsa = RSA.Create(1024);

        await RefusedAsync("key", CertificateRequests.Under(rsa));
    }

    [Fact]
    public async Task Request_UnderAnRsaKeyWithASmallExponent_IsRefused()
    {
        // Nothing here makes such a key, and its private half does not matter: the key is judged before the signature.
        using var rsa = RSA.Create(2048);
        var parameters = rsa.ExportParameters(includePrivateParameters: false);
        using var small = RSA.Create(new RSAParameters { Modulus = parameters.Modulus, Exponent = [3] });
        var request = new CertificateRequest(new X500DistinguishedName("CN=small"), new PublicKey(small), HashAlgorithmName.SHA256);

        await RefusedAsync("key", ByteString.CopyFrom(request.CreateSigningRequest(X509SignatureGenerator.CreateForRSA(rsa, RSASignaturePadding.Pkcs1))));
    }

    [Theory]
    [InlineData("1.3.132.0.33")] // P-224
    [InlineData("1.3.132.0.35")] // P-521
    [InlineData("1.3.132.0.10")] // secp256k1
    public Task Request_OnACurveThatIsNotOurs_IsRefused(string curve) => RefusedAsync("key", CertificateRequests.On(ECCurve.CreateFromValue(curve)));

    [Fact]
    public async Task Request_OnACurveThatIsSpelledOut_IsRefused()
    {
        // SpecifiedECDomain (SEC 1 §C.2), of which the version is enough: nothing of it is to be read.
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var spelledOut = new PublicKey(new Oid("1.2.840.10045.2.1"), new AsnEncodedData([0x30, 0x03, 0x02, 0x01, 0x01]), new PublicKey(key).EncodedKeyValue);
        var request = new CertificateRequest(new X500DistinguishedName("CN=forged"), spelledOut, HashAlgorithmName.SHA256);

        await RefusedAsync("key", ByteString.CopyFrom(request.CreateSigningRequest(X509SignatureGenerator.CreateForECDsa(key))));
    }

    [Fact]
    public async Task Request_UnderAPointThatIsNotOnItsCurve_IsRefused()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = CertificateRequests.Under(key).ToByteArray();
        var point = request.AsSpan().IndexOf(key.ExportParameters(includePrivateParameters: false).Q.X);

        request[point] ^= 1;

        await RefusedAsync("key", ByteString.CopyFrom(request));
    }

    [Fact]
    public async Task Request_ThatIsNone_IsRefused()
    {
        var whole = CertificateRequests.New().ToByteArray();

        await RefusedAsync("malformed", ByteString.CopyFromUtf8("-----BEGIN CERTIFICATE REQUEST-----"));
        await RefusedAsync("malformed", ByteString.CopyFrom(whole[..^1]));
        await RefusedAsync("malformed", ByteString.CopyFrom([.. whole, 0]));
        await webshop.IssueCertificateAsync(new()).AssertFieldsRefusedAsync("certificate_request");
        await webshop.IssueCertificateAsync(new() { CertificateRequest = ByteString.CopyFrom(new byte[4097]) }).AssertFieldsRefusedAsync("certificate_request");
    }

    [Fact]
    public async Task Request_Replayed_IsRefused()
    {
        var recorded = CertificateRequests.New();
        await webshop.IssueCertificateAsync(new() { CertificateRequest = recorded });

        await RefusedAsync("key_used", recorded);
    }

    [Fact]
    public async Task Request_ReplayedByAnotherWorkload_IsRefused()
    {
        var recorded = CertificateRequests.New();
        await webshop.IssueCertificateAsync(new() { CertificateRequest = recorded });

        var refused = await platform.Certificates("audit").IssueCertificateAsync(new() { CertificateRequest = recorded })
            .AssertRefusedAsync(ErrorReason.CertificateRequestInvalid);

        Assert.Equal("key_used", refused.Metadata["flaw"]);
        await platform.Audit.FindAsync("crypto.certificate.issued", one => one is { Caller: "audit", Outcome: Outcome.Denied, Reason: "CERTIFICATE_REQUEST_INVALID" });
    }

    [Fact]
    public async Task Request_SentInParallel_IsGrantedOnce()
    {
        var request = new IssueCertificateRequest { CertificateRequest = CertificateRequests.New() };

        var granted = await Task.WhenAll(Enumerable.Range(0, 8).Select(async _ =>
        {
            try
            {
                await webshop.IssueCertificateAsync(request);
                return true;
            }
            catch (Grpc.Core.RpcException)
            {
                return false;
            }
        }));

        Assert.Single(granted, true);
    }

    private async Task RefusedAsync(string flaw, ByteString request)
    {
        var before = await platform.CountAsync("SELECT count(*) FROM certificates");

        var refused = await webshop.IssueCertificateAsync(new() { CertificateRequest = request }).AssertRefusedAsync(ErrorReason.CertificateRequestInvalid);

        Assert.Equal(flaw, refused.Metadata["flaw"]);
        Assert.Equal(before, await platform.CountAsync("SELECT count(*) FROM certificates"));
    }
}
