using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>
/// Seals and opens with XAES-256-GCM: AES-256-GCM under a subkey that is derived from half of a 192-bit nonce, so that nonces need no
/// limit on messages (2⁸⁰ of them collide with a chance of 2⁻³²). Safe to use in parallel.
/// </summary>
/// <remarks>
/// Source: https://c2sp.org/XAES-256-GCM. A sealed message is <c>nonce (24) ‖ ciphertext ‖ tag (16)</c>. Nonces come in series: a random one,
/// and those that count on from it in its second half, so that a series shares a subkey. Two series meet where their first halves are equal
/// and their counts overlap, which is less likely than that as many random nonces do.
/// </remarks>
internal sealed class Xaes256Gcm : IAead
{
    public const int KeySizeInBytes = 32;
    public const int NonceSizeInBytes = 24;
    public const int OverheadInBytes = NonceSizeInBytes + TagSizeInBytes;

    /// <summary>The most messages in a series: few, so that a copy of this process's memory knows few nonces of its future.</summary>
    internal const int SeriesLength = 4_096;

    private const int TagSizeInBytes = 16;
    private const int HalfNonceSizeInBytes = XaesSubkeys.ContextSizeInBytes;

    private readonly XaesSubkeys subkeys;
    private readonly SparePool<Series> sealing;
    private readonly SparePool<LastSubkey> opening;

    /// <summary>Copies the key; the caller zeroes his own.</summary>
    public Xaes256Gcm(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySizeInBytes)
        {
            throw new ArgumentException($"The key has {key.Length} bytes instead of {KeySizeInBytes}.", nameof(key));
        }

        subkeys = new XaesSubkeys(key);
        sealing = new SparePool<Series>(() => new Series(subkeys));
        opening = new SparePool<LastSubkey>(() => new LastSubkey(subkeys));
    }

    int IAead.OverheadInBytes => OverheadInBytes;

    /// <summary>Returns how long the sealed form of a plaintext is.</summary>
    public static int SealedSizeInBytes(int plaintextSizeInBytes) => checked(plaintextSizeInBytes + OverheadInBytes);

    /// <summary>
    /// Seals a plaintext under a fresh nonce and binds <paramref name="associatedData"/> to it. Writes the sealed message to
    /// <paramref name="destination"/>, which is exactly <see cref="SealedSizeInBytes"/> long.
    /// </summary>
    public void Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, Span<byte> destination)
    {
        using var loan = sealing.Borrow();
        loan.Item.Seal(plaintext, associatedData, destination);
    }

    /// <summary>Seals and returns the sealed message.</summary>
    public byte[] Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData)
    {
        var message = new byte[SealedSizeInBytes(plaintext.Length)];
        Seal(plaintext, associatedData, message);
        return message;
    }

    /// <summary>Opens a sealed message. Returns false where anything of it, its key or its associated data is not as it was sealed.</summary>
    public bool TryOpen(ReadOnlySpan<byte> message, ReadOnlySpan<byte> associatedData, [NotNullWhen(true)] out byte[]? plaintext)
    {
        plaintext = null;
        if (message.Length < OverheadInBytes)
        {
            return false;
        }

        var opened = new byte[message.Length - OverheadInBytes];
        if (!TryOpen(message, associatedData, opened))
        {
            return false;
        }

        plaintext = opened;
        return true;
    }

    /// <summary>
    /// Opens a sealed message of at least <see cref="OverheadInBytes"/> into <paramref name="plaintext"/>, which is exactly that much shorter
    /// and zeroed where this returns false.
    /// </summary>
    public bool TryOpen(ReadOnlySpan<byte> message, ReadOnlySpan<byte> associatedData, Span<byte> plaintext)
    {
        try
        {
            // What was written together is read together, and shares a subkey.
            using var loan = opening.Borrow();
            loan.Item.CipherOf(message[..HalfNonceSizeInBytes]).Decrypt(
                message[HalfNonceSizeInBytes..NonceSizeInBytes],
                message[NonceSizeInBytes..^TagSizeInBytes],
                message[^TagSizeInBytes..],
                plaintext,
                associatedData);
            return true;
        }
        catch (AuthenticationTagMismatchException)
        {
            return false;
        }
    }

    /// <summary>Zeroes the key and the subkeys.</summary>
    public void Dispose()
    {
        sealing.Dispose();
        opening.Dispose();
        subkeys.Dispose();
    }

    /// <summary>Seals under a given nonce: for published vectors only, since a nonce used twice gives the key stream away.</summary>
    internal void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, Span<byte> destination)
    {
        using var loan = opening.Borrow();
        Seal(loan.Item, nonce, plaintext, associatedData, destination);
    }

    private static void Seal(
        LastSubkey subkey, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, Span<byte> destination)
    {
        subkey.CipherOf(nonce[..HalfNonceSizeInBytes]).Encrypt(
            nonce[HalfNonceSizeInBytes..],
            plaintext,
            destination[NonceSizeInBytes..^TagSizeInBytes],
            destination[^TagSizeInBytes..],
            associatedData);
        nonce.CopyTo(destination);
    }

    /// <summary>Seals one message after the other, each under a nonce that no other has.</summary>
    private sealed class Series(XaesSubkeys subkeys) : IDisposable
    {
        private readonly LastSubkey subkey = new(subkeys);
        private readonly byte[] nonce = new byte[NonceSizeInBytes];
        private int left;

        public void Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, Span<byte> destination)
        {
            // Before it is used: where sealing throws, the nonce is spent all the same.
            Advance();
            Xaes256Gcm.Seal(subkey, nonce, plaintext, associatedData, destination);
        }

        public void Dispose() => subkey.Dispose();

        private void Advance()
        {
            if (left == 0)
            {
                RandomNumberGenerator.Fill(nonce);
                left = SeriesLength;
            }
            else
            {
                var count = BinaryPrimitives.ReadUInt64BigEndian(nonce.AsSpan(16)) + 1;
                BinaryPrimitives.WriteUInt64BigEndian(nonce.AsSpan(16), count);
                if (count == 0)
                {
                    BinaryPrimitives.WriteUInt32BigEndian(nonce.AsSpan(12), BinaryPrimitives.ReadUInt32BigEndian(nonce.AsSpan(12)) + 1);
                }
            }

            left--;
        }
    }

    /// <summary>Keeps the cipher of the half nonce that was asked for last. For one thread at a time.</summary>
    private sealed class LastSubkey(XaesSubkeys subkeys) : IDisposable
    {
        private readonly byte[] context = new byte[HalfNonceSizeInBytes];
        private AesGcm? cipher;

        public AesGcm CipherOf(ReadOnlySpan<byte> halfNonce)
        {
            if (cipher is null || !halfNonce.SequenceEqual(context))
            {
                Dispose();
                cipher = subkeys.CipherOf(halfNonce, TagSizeInBytes);
                halfNonce.CopyTo(context);
            }

            return cipher;
        }

        public void Dispose()
        {
            cipher?.Dispose();
            cipher = null;
        }
    }
}
