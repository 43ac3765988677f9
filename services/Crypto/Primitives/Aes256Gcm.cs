using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>
/// Seals and opens with AES-256-GCM under random nonces of 96 bits, which allow 2³² messages a key (NIST SP 800-38D §8.3): whoever seals
/// counts them, see <see cref="MessageBudget"/>. A sealed message is <c>nonce (12) ‖ ciphertext ‖ tag (16)</c>. Safe to use in parallel.
/// </summary>
internal sealed class Aes256Gcm : IAead
{
    public const int KeySizeInBytes = 32;

    private const int NonceSizeInBytes = 12;
    private const int TagSizeInBytes = 16;

    private readonly SecretBytes key;
    private readonly SparePool<AesGcm> ciphers;

    /// <summary>Copies the key; the caller zeroes his own.</summary>
    public Aes256Gcm(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySizeInBytes)
        {
            throw new ArgumentException($"The key has {key.Length} bytes instead of {KeySizeInBytes}.", nameof(key));
        }

        this.key = SecretBytes.CopyOf(key);
        ciphers = new SparePool<AesGcm>(() => new AesGcm(this.key.Reveal(), TagSizeInBytes));
    }

    public int OverheadInBytes => NonceSizeInBytes + TagSizeInBytes;

    public void Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, Span<byte> destination)
    {
        var nonce = destination[..NonceSizeInBytes];
        RandomNumberGenerator.Fill(nonce);
        using var loan = ciphers.Borrow();
        loan.Item.Encrypt(nonce, plaintext, destination[NonceSizeInBytes..^TagSizeInBytes], destination[^TagSizeInBytes..], associatedData);
    }

    public bool TryOpen(ReadOnlySpan<byte> message, ReadOnlySpan<byte> associatedData, Span<byte> plaintext)
    {
        try
        {
            using var loan = ciphers.Borrow();
            loan.Item.Decrypt(message[..NonceSizeInBytes], message[NonceSizeInBytes..^TagSizeInBytes], message[^TagSizeInBytes..], plaintext, associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose()
    {
        ciphers.Dispose();
        key.Dispose();
    }
}
