using System.Security.Cryptography;
using System.Text;

namespace McpSecure.Crypto.Tests;

public sealed class SigningKeyTests
{
    [Fact]
    public void Sign_Rfc7515AppendixA2_GivesItsSignature()
    {
        var vector = Vectors.Read("rfc7515-a2.json");
        using var rsa = RSA.Create(new RSAParameters
        {
            Modulus = vector.Base64Url("n"),
            Exponent = vector.Base64Url("e"),
            D = vector.Base64Url("d"),
            P = vector.Base64Url("p"),
            Q = vector.Base64Url("q"),
            DP = vector.Base64Url("dp"),
            DQ = vector.Base64Url("dq"),
            InverseQ = vector.Base64Url("qi"),
        });
        using var pkcs8 = SecretBytes.Take(rsa.ExportPkcs8PrivateKey());
        using var key = new RsaSigningKey(pkcs8, 2048);

        var signature = key.Sign(Encoding.ASCII.GetBytes(vector.Text("signing_input")));

        Assert.Equal(vector.Base64Url("signature"), signature);
        Assert.Equal(vector.Base64Url("n"), key.Public.Modulus);
        Assert.Equal(vector.Base64Url("e"), key.Public.Exponent);
        Assert.True(key.Verify(Encoding.ASCII.GetBytes(vector.Text("signing_input")), signature));
    }

    [Fact]
    public void Compute_Rfc7515AppendixA1_GivesItsCode()
    {
        var vector = Vectors.Read("rfc7515-a1.json");
        using var bytes = SecretBytes.CopyOf(vector.Base64Url("k"));
        using var key = new MacKey(bytes);
        var data = Encoding.ASCII.GetBytes(vector.Text("signing_input"));

        Assert.Equal(vector.Base64Url("mac"), key.Compute(data));
        Assert.True(key.Verify(data, vector.Base64Url("mac")));
        Assert.False(key.Verify(data, vector.Base64Url("mac").AsSpan(0, 31)));
    }

    // The signature is random, so the published one is verified; ours is verified by the framework.
    [Fact]
    public void Verify_Rfc7515AppendixA3_HoldsAndItsKeyIdIsTheThumbprint()
    {
        var vector = Vectors.Read("rfc7515-a3.json");
        using var framework = ECDsa.Create(new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new() { X = vector.Base64Url("x"), Y = vector.Base64Url("y") },
            D = vector.Base64Url("d"),
        });
        using var pkcs8 = SecretBytes.Take(framework.ExportPkcs8PrivateKey());
        using var key = new EcdsaSigningKey(pkcs8);
        var data = Encoding.ASCII.GetBytes(vector.Text("signing_input"));

        Assert.True(key.Verify(data, vector.Base64Url("signature")));
        Assert.True(framework.VerifyData(data, key.Sign(data), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

        // The form of X.509 is none of JWS (RFC 7518 §3.4).
        Assert.False(key.Verify(data, framework.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence)));

        // Computed with Python's hashlib after RFC 7638 §3.
        Assert.Equal("oKIywvGUpTVTyxMQ3bwIIeQUudfr_CkLMjCE19ECD-U", key.Public.KeyId);
    }

    [Fact]
    public void New_KeyOnAnotherCurve_IsRefused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var pkcs8 = SecretBytes.Take(other.ExportPkcs8PrivateKey());

        Assert.Throws<InvalidDataException>(() => new EcdsaSigningKey(pkcs8));
    }

    // RFC 7638 §3.1
    [Fact]
    public void OfRsa_Rfc7638Example_GivesItsThumbprint()
    {
        var modulus = System.Buffers.Text.Base64Url.DecodeFromChars(
            "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W"
            + "-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08q"
            + "NLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw");

        Assert.Equal("NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs", JwkThumbprint.OfRsa(modulus, [1, 0, 1]));
    }

    [Fact]
    public void Sign_InParallel_GivesSignaturesThatVerify()
    {
        using var pkcs8 = RsaSigningKey.Generate(2048);
        using var key = new RsaSigningKey(pkcs8, 2048);

        Parallel.For(0, 200, i =>
        {
            var data = BitConverter.GetBytes(i);
            using var verifier = RSA.Create(new RSAParameters { Modulus = key.Public.Modulus, Exponent = key.Public.Exponent });
            Assert.True(verifier.VerifyData(data, key.Sign(data), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        });
    }

    [Fact]
    public void New_KeyOfAnotherSize_IsRefused()
    {
        using var rsa = RSA.Create(1024);
        using var pkcs8 = SecretBytes.Take(rsa.ExportPkcs8PrivateKey());

        Assert.Throws<InvalidDataException>(() => new RsaSigningKey(pkcs8, 2048));
    }

    [Fact]
    public void ToString_OfKeyMaterial_IsTheTypesName()
    {
        using var bytes = SecretBytes.Random(32);
        Assert.Equal(nameof(SecretBytes), bytes.ToString());
        foreach (var algorithm in Enum.GetValues<KeyAlgorithm>())
        {
            using var made = KeyMaterial.Generate(algorithm);
            using var key = KeyMaterial.Load(algorithm, made);
            Assert.Equal(key.GetType().Name, key.ToString());
        }
    }
}
