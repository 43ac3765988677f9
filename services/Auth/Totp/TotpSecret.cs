using System.Security.Cryptography;

namespace McpSecure.Auth;

/// <summary>Holds the secret that an authenticator shares with us. Prints its type name, and is zeroed when disposed.</summary>
internal sealed class TotpSecret : IDisposable
{
    /// <summary>The size of new secrets, in bytes: the output of SHA-1 (RFC 4226 §4, R6).</summary>
    public const int SizeInBytes = 20;

    private const string Base32Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    // Pinned, so that the collector leaves no copies behind.
    private readonly byte[] bytes;

    private TotpSecret(int sizeInBytes) => bytes = GC.AllocateUninitializedArray<byte>(sizeInBytes, pinned: true);

    /// <summary>Makes a random secret.</summary>
    public static TotpSecret Random()
    {
        var secret = new TotpSecret(SizeInBytes);
        RandomNumberGenerator.Fill(secret.bytes);
        return secret;
    }

    /// <summary>Copies a secret's bytes; the caller zeroes his own.</summary>
    public static TotpSecret CopyOf(ReadOnlySpan<byte> source)
    {
        var secret = new TotpSecret(source.Length);
        source.CopyTo(secret.bytes);
        return secret;
    }

    /// <summary>Shows the bytes, which are valid until this is disposed.</summary>
    public ReadOnlySpan<byte> Reveal() => bytes;

    /// <summary>Writes the secret in Base32 without padding (RFC 4648 §6), as people type it in.</summary>
    public string RevealBase32()
    {
        var text = new char[((bytes.Length * 8) + 4) / 5];
        for (var i = 0; i < text.Length; i++)
        {
            // Five bits at a time, across the boundary of bytes.
            var bit = i * 5;
            var pair = (bytes[bit / 8] << 8) | (bit / 8 + 1 < bytes.Length ? bytes[(bit / 8) + 1] : 0);
            text[i] = Base32Alphabet[(pair >> (11 - (bit % 8))) & 0x1F];
        }

        return new string(text);
    }

    /// <summary>Zeroes the bytes.</summary>
    public void Dispose() => CryptographicOperations.ZeroMemory(bytes);

    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(TotpSecret);
}
