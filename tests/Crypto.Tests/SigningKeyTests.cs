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
        using var key = new SigningKey(pkcs8);

        var signature = key.Sign(Encoding.ASCII.GetBytes(vector.Text("signing_input")));

        Assert.Equal(vector.Base64Url("signature"), signature);
        Assert.Equal(vector.Base64Url("n"), key.Modulus);
        Assert.Equal(vector.Base64Url("e"), key.Exponent);
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
        using var pkcs8 = SigningKey.Generate();
        using var key = new SigningKey(pkcs8);

        Parallel.For(0, 200, i =>
        {
            var data = BitConverter.GetBytes(i);
            using var verifier = RSA.Create(new RSAParameters { Modulus = key.Modulus, Exponent = key.Exponent });
            Assert.True(verifier.VerifyData(data, key.Sign(data), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        });
    }

    [Fact]
    public void New_KeyOfAnotherSize_IsRefused()
    {
        using var rsa = RSA.Create(1024);
        using var pkcs8 = SecretBytes.Take(rsa.ExportPkcs8PrivateKey());

        Assert.Throws<InvalidDataException>(() => new SigningKey(pkcs8));
    }

    [Fact]
    public void ToString_OfKeyMaterial_IsTheTypesName()
    {
        using var pkcs8 = SigningKey.Generate();
        using var signing = KeyMaterial.Load(KeyAlgorithm.Rsa2048Sha256, pkcs8);
        using var bytes = SecretBytes.Random(32);
        using var encryption = KeyMaterial.Load(KeyAlgorithm.Xaes256Gcm, bytes);

        Assert.Equal("SigningKey EncryptionKey SecretBytes", $"{signing} {encryption} {bytes}");
    }
}
