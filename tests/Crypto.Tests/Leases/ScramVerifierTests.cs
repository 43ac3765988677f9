using System.Security.Cryptography;
using System.Text;

namespace McpSecure.Crypto.Tests;

public sealed class ScramVerifierTests
{
    // RFC 7677 §3: the example exchange of user "user" with password "pencil".
    private const string AuthMessage =
        "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,"
        + "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";

    [Fact]
    public void Of_TheRfcsPasswordAndSalt_VerifiesTheRfcsExchange()
    {
        var verifier = ScramVerifier.Of("pencil", Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="));

        var keys = verifier.Split('$')[2].Split(':').Select(Convert.FromBase64String).ToArray();
        Assert.StartsWith("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$", verifier, StringComparison.Ordinal);
        Assert.Equal("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Convert.ToBase64String(HMACSHA256.HashData(keys[1], Encoding.ASCII.GetBytes(AuthMessage))));

        var proof = Convert.FromBase64String("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
        var signature = HMACSHA256.HashData(keys[0], Encoding.ASCII.GetBytes(AuthMessage));
        Assert.Equal(keys[0], SHA256.HashData(proof.Zip(signature, (a, b) => (byte)(a ^ b)).ToArray()));
    }
}
