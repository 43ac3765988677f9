using System.Text;
using System.Text.Json;

namespace McpSecure.Crypto.Tests;

public sealed class CiphertextTests
{
    public static TheoryData<int> VectorNumbers => new(Enumerable.Range(0, Mcs1.GetArrayLength()));

    private static JsonElement Mcs1 { get; } = Vectors.Read("mcs1.json").GetProperty("vectors");

    [Theory]
    [MemberData(nameof(VectorNumbers))]
    public void Mcs1_StoredVectors_AreReadAndWrittenForEver(int number)
    {
        var vector = Mcs1[number];
        var (keyring, version) = (vector.Text("keyring"), vector.GetProperty("version").GetInt32());
        var associatedData = Ciphertext.AssociatedData(Ciphertext.HeadOf(keyring, version), vector.Hex("context"));
        using var cipher = new Xaes256Gcm(vector.Hex("key"));

        var message = new byte[Xaes256Gcm.SealedSizeInBytes(vector.Hex("plaintext").Length)];
        cipher.Seal(vector.Hex("nonce"), vector.Hex("plaintext"), associatedData, message);
        Assert.Equal(vector.Text("ciphertext"), Ciphertext.Write(Ciphertext.HeadOf(keyring, version), message));

        Assert.True(Ciphertext.TryParse(vector.Text("ciphertext"), out var parsed));
        Assert.Equal(keyring, parsed.Keyring);
        Assert.Equal(version, parsed.Version);
        var decoded = new byte[parsed.SealedSizeInBytes];
        parsed.Decode(decoded);
        Assert.True(cipher.TryOpen(decoded, associatedData, out var plaintext));
        Assert.Equal(vector.Hex("plaintext"), plaintext);
    }

    [Fact]
    public void Mcs1_StoredVectorsOfAes256Gcm_AreReadForEver()
    {
        foreach (var vector in Vectors.Read("mcs1-aes-256-gcm.json").GetProperty("vectors").EnumerateArray())
        {
            using var cipher = new Aes256Gcm(vector.Hex("key"));

            Assert.True(Ciphertext.TryParse(vector.Text("ciphertext"), out var parsed));
            var decoded = new byte[parsed.SealedSizeInBytes];
            parsed.Decode(decoded);
            var plaintext = new byte[decoded.Length - cipher.OverheadInBytes];
            Assert.True(cipher.TryOpen(
                decoded, Ciphertext.AssociatedData(Ciphertext.HeadOf(vector.Text("keyring"), vector.GetProperty("version").GetInt32()), vector.Hex("context")), plaintext));
            Assert.Equal(vector.Hex("plaintext"), plaintext);
        }
    }

    [Theory]
    [InlineData("mcs1.k.1.AAAA", "k", 1)]
    [InlineData("mcs1.k.1.", "k", 1)]
    [InlineData("mcs1.a.b.1.2.AAAA", "a.b.1", 2)]
    [InlineData("mcs1.k.2147483647.AA", "k", int.MaxValue)]
    [InlineData("mcs1.mcs1.1.-_A", "mcs1", 1)]
    public void TryParse_WellFormed_GivesItsParts(string text, string keyring, int version)
    {
        Assert.True(Ciphertext.TryParse(text, out var ciphertext));
        Assert.Equal(keyring, ciphertext.Keyring);
        Assert.Equal(version, ciphertext.Version);
    }

    [Theory]
    [InlineData("")]
    [InlineData("mcs1")]
    [InlineData("mcs1.")]
    [InlineData("mcs1.k")]
    [InlineData("mcs1.k.1")]
    [InlineData("mcs1..1.AAAA")]
    [InlineData("mcs1.1.AAAA")]
    [InlineData("mcs2.k.1.AAAA")]
    [InlineData("MCS1.k.1.AAAA")]
    [InlineData(" mcs1.k.1.AAAA")]
    [InlineData("mcs1.k.0.AAAA")]
    [InlineData("mcs1.k.01.AAAA")]
    [InlineData("mcs1.k.+1.AAAA")]
    [InlineData("mcs1.k.-1.AAAA")]
    [InlineData("mcs1.k. 1.AAAA")]
    [InlineData("mcs1.k.1e0.AAAA")]
    [InlineData("mcs1.k.\u0661.AAAA")]
    [InlineData("mcs1.k.2147483648.AAAA")]
    [InlineData("mcs1.k..AAAA")]
    [InlineData("mcs1.k.1.A")]
    [InlineData("mcs1.k.1.AAAAA")]
    [InlineData("mcs1.k.1.AA==")]
    [InlineData("mcs1.k.1.AA%3D")]
    [InlineData("mcs1.k.1.AA AA")]
    [InlineData("mcs1.k.1.AAAA\n")]
    [InlineData("mcs1.k.1.AA+A")]
    [InlineData("mcs1.k.1.AA/A")]
    [InlineData("mcs1.k.1.AB")]
    [InlineData("mcs1.k.1.AAB")]
    [InlineData("mcs1.k.1.\uFF21AAA")]
    public void TryParse_AnythingElse_IsRefused(string text) => Assert.False(Ciphertext.TryParse(text, out _));

    [Fact]
    public void TryParse_OneByteInAllSpellings_TakesExactlyOne()
    {
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

        // Two characters carry 12 bits, a byte takes 8: of 16 spellings of the same byte, 15 must not pass.
        var taken = Alphabet.Count(last => Ciphertext.TryParse($"mcs1.k.1.A{last}", out _));

        Assert.Equal(64 / 16, taken);
    }

    [Fact]
    public void AssociatedData_ContextThatContinuesTheHead_IsUnlikeALongerHead()
    {
        var one = Ciphertext.AssociatedData(Ciphertext.HeadOf("k", 1), "2"u8);
        var other = Ciphertext.AssociatedData(Ciphertext.HeadOf("k", 12), []);

        Assert.NotEqual(one, other);
        Assert.Equal("mcs1.k.1\02"u8, one);
        Assert.Equal("mcs1.k.12\0"u8, other);
    }

    [Fact]
    public void Write_ThenTryParse_RoundTripsEveryLength()
    {
        for (var length = 0; length < 200; length++)
        {
            var message = Encoding.ASCII.GetBytes(new string('x', length));
            Assert.True(Ciphertext.TryParse(Ciphertext.Write(Ciphertext.HeadOf("k", 7), message), out var ciphertext));
            var decoded = new byte[ciphertext.SealedSizeInBytes];
            ciphertext.Decode(decoded);
            Assert.Equal(message, decoded);
        }
    }
}
