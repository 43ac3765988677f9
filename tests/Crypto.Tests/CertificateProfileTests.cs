using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Client;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

public sealed class CertificateProfileTests : IDisposable
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 authority;

    public CertificateProfileTests() =>
        authority = CertificateProfile.Authority(key, Guid.CreateVersion7(Now), TestPki.TrustDomain, Now, TimeSpan.FromDays(90));

    public void Dispose()
    {
        authority.Dispose();
        key.Dispose();
    }

    [Fact]
    public void Authority_CertifiesItsTrustDomain()
    {
        using var leaf = Leaf(SpiffeId.ForWorkload(TestPki.TrustDomain, "webshop"));

        Assert.Equal(new PeerVerdict.Accepted(SpiffeId.ForWorkload(TestPki.TrustDomain, "webshop")), Verify(leaf, [], TestPki.TrustDomain));
    }

    // Whoever gets hold of the key of one platform's authority has nothing for another that trusts it as well.
    [Fact]
    public void NameConstraints_LeafOfAnotherTrustDomain_IsNoChain()
    {
        using var leaf = Leaf(SpiffeId.ForWorkload("example.org", "webshop"));

        Assert.Contains("chain", Assert.IsType<PeerVerdict.Refused>(Verify(leaf, [], "example.org")).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void BasicConstraints_LeafUsedAsAnAuthority_IsNoChain()
    {
        using var ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = Leaf(SpiffeId.ForWorkload(TestPki.TrustDomain, "webshop"), new PublicKey(ownKey));
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var forged = CertificateProfile.Leaf(new PublicKey(otherKey), SpiffeId.ForWorkload(TestPki.TrustDomain, "auth"), [], leaf)
            .Create(leaf.SubjectName, X509SignatureGenerator.CreateForECDsa(ownKey), Now.AddMinutes(-1), Now.AddHours(1), CertificateProfile.Serial());

        Assert.Contains("chain", Assert.IsType<PeerVerdict.Refused>(Verify(forged, [leaf], TestPki.TrustDomain)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void PathLength_AuthorityBelowTheAuthority_IsNoChain()
    {
        using var ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=below", ownKey, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(X509BasicConstraintsExtension.CreateForCertificateAuthority());
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, critical: true));
        using var below = request.Create(authority, Now.AddMinutes(-1), Now.AddHours(1), CertificateProfile.Serial());
        using var otherKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var leaf = CertificateProfile.Leaf(new PublicKey(otherKey), SpiffeId.ForWorkload(TestPki.TrustDomain, "auth"), [], authority)
            .Create(below.SubjectName, X509SignatureGenerator.CreateForECDsa(ownKey), Now.AddMinutes(-1), Now.AddHours(1), CertificateProfile.Serial());

        Assert.Contains("chain", Assert.IsType<PeerVerdict.Refused>(Verify(leaf, [below], TestPki.TrustDomain)).Why, StringComparison.Ordinal);
    }

    [Fact]
    public void Issue_NeverOutlivesTheAuthority()
    {
        using var secret = SecretBytes.Take(key.ExportPkcs8PrivateKey());
        using var open = OpenAuthority.Load(authority.RawData, secret);
        using var ownKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        using var leaf = open.Issue(
            CertificateProfile.Leaf(new PublicKey(ownKey), SpiffeId.ForWorkload(TestPki.TrustDomain, "webshop"), [], authority), Now.AddDays(89.5), TimeSpan.FromHours(24));

        Assert.Equal(authority.NotAfter, leaf.NotAfter);
    }

    [Fact]
    public void Authority_HasTheIdOfItsTrustDomainWithoutAPath()
    {
        var names = authority.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single();

        Assert.Equal($"URI:spiffe://{TestPki.TrustDomain}", names.Format(multiLine: false));
    }

    private X509Certificate2 Leaf(SpiffeId id, PublicKey? leafKey = null)
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return CertificateProfile.Leaf(leafKey ?? new PublicKey(other), id, [], authority)
            .Create(authority, Now.AddMinutes(-1), Now.AddHours(1), CertificateProfile.Serial());
    }

    private PeerVerdict Verify(X509Certificate2 leaf, X509Certificate2Collection sent, string trustDomain) =>
        PeerVerifier.Verify(leaf, sent, new Trust([authority], RevocationLists.None), trustDomain, PeerVerifier.ServerAuthentication, Now);
}
