using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>
/// Encrypts tokens with the active version of a keyring and opens those of every version that decrypts, newest first: a token does not name
/// its key. Good for one call.
/// </summary>
internal sealed class FernetKeyring(StoredKeyring keyring, UnwrappedKeys keys)
{
    // The clocks of whoever makes tokens may be ahead of ours by this much; the reference implementation in Python has the same.
    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    /// <summary>Gets the version that encrypts; 0 where none does, and then there is only decryption.</summary>
    public int ActiveVersion { get; } = keyring.Description.ForUse?.Number ?? 0;

    /// <summary>Encrypts as of now.</summary>
    public string Encrypt(ReadOnlySpan<byte> plaintext, DateTimeOffset now) => FernetText.Write(KeyOf(ActiveVersion).Encrypt(plaintext, now.ToUnixTimeSeconds()));

    /// <summary>
    /// Opens a token. Returns false, with nothing else to tell, where it is no token of this keyring, or is too old or of the future where
    /// <paramref name="maxAge"/> is given. The caller zeroes the plaintext when he is done with it.
    /// </summary>
    public bool TryDecrypt(string token, TimeSpan? maxAge, DateTimeOffset now, [NotNullWhen(true)] out OpenedFernet? opened)
    {
        opened = null;
        if (!FernetText.TryRead(token, out var bytes))
        {
            return false;
        }

        foreach (var version in keyring.Description.Versions.Reverse().Where(version => keyring.Description.FindForReading(version.Number) is not null))
        {
            if (KeyOf(version.Number).TryDecrypt(bytes, out var plaintext, out var seconds))
            {
                var made = DateTimeOffset.FromUnixTimeSeconds(seconds);
                if (maxAge is { } age && (now - made > age || made - now > ClockSkew))
                {
                    CryptographicOperations.ZeroMemory(plaintext);
                    return false;
                }

                opened = new OpenedFernet(plaintext, made, version.Number);
                return true;
            }
        }

        return false;
    }

    /// <summary>Encrypts what a token held under the active version; the time stays.</summary>
    public string Rotate(OpenedFernet opened)
    {
        try
        {
            return FernetText.Write(KeyOf(ActiveVersion).Encrypt(opened.Plaintext, opened.MadeAt.ToUnixTimeSeconds()));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(opened.Plaintext);
        }
    }

    private FernetKey KeyOf(int version) => (FernetKey)keys.Get(keyring, version);
}

/// <summary>What a token held. Prints no plaintext.</summary>
internal sealed record OpenedFernet(byte[] Plaintext, DateTimeOffset MadeAt, int Version)
{
    public override string ToString() => nameof(OpenedFernet);
}
