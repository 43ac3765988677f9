using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>
/// Seals and opens with XAES-256-GCM: AES-256-GCM under a key derived for each message from half of a 192-bit nonce, so that random
/// nonces need no limit on messages (2⁸⁰ of them collide with a chance of 2⁻³²). Safe to use in parallel.
/// </summary>
/// <remarks>Source: https://c2sp.org/XAES-256-GCM. A sealed message is <c>nonce (24) ‖ ciphertext ‖ tag (16)</c>.</remarks>
internal sealed class Xaes256Gcm : IAead
{
    public const int KeySizeInBytes = 32;
    public const int NonceSizeInBytes = 24;
    public const int OverheadInBytes = NonceSizeInBytes + TagSizeInBytes;

    private const int TagSizeInBytes = 16;
    private const int BlockSizeInBytes = 16;
    private const int HalfNonceSizeInBytes = 12;

    private readonly SecretBytes key;
    private readonly SecretBytes cmacSubkey;
    private readonly SparePool<Deriver> derivers;

    /// <summary>Copies the key; the caller zeroes his own.</summary>
    public Xaes256Gcm(ReadOnlySpan<byte> key)
    {
        if (key.Length != KeySizeInBytes)
        {
            throw new ArgumentException($"The key has {key.Length} bytes instead of {KeySizeInBytes}.", nameof(key));
        }

        this.key = SecretBytes.CopyOf(key);
        derivers = new SparePool<Deriver>(() => new Deriver(this.key));
        cmacSubkey = CmacSubkey();
    }

    int IAead.OverheadInBytes => OverheadInBytes;

    /// <summary>Returns how long the sealed form of a plaintext is.</summary>
    public static int SealedSizeInBytes(int plaintextSizeInBytes) => checked(plaintextSizeInBytes + OverheadInBytes);

    /// <summary>
    /// Seals a plaintext under a fresh random nonce and binds <paramref name="associatedData"/> to it. Writes the sealed message to
    /// <paramref name="destination"/>, which is exactly <see cref="SealedSizeInBytes"/> long.
    /// </summary>
    public void Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, Span<byte> destination)
    {
        Span<byte> nonce = stackalloc byte[NonceSizeInBytes];
        RandomNumberGenerator.Fill(nonce);
        Seal(nonce, plaintext, associatedData, destination);
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
            using var gcm = MessageCipher(message[..NonceSizeInBytes]);
            gcm.Decrypt(
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

    /// <summary>Zeroes the key.</summary>
    public void Dispose()
    {
        derivers.Dispose();
        cmacSubkey.Dispose();
        key.Dispose();
    }

    /// <summary>Seals under a given nonce: for published vectors only, since a nonce used twice gives the key stream away.</summary>
    internal void Seal(ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, Span<byte> destination)
    {
        using var gcm = MessageCipher(nonce);
        gcm.Encrypt(
            nonce[HalfNonceSizeInBytes..],
            plaintext,
            destination[NonceSizeInBytes..^TagSizeInBytes],
            destination[^TagSizeInBytes..],
            associatedData);
        nonce.CopyTo(destination);
    }

    // Steps 3 to 5: the key of one message is CMAC(K, 00 01 'X' 00 ‖ N[:12]) ‖ CMAC(K, 00 02 'X' 00 ‖ N[:12]).
    private AesGcm MessageCipher(ReadOnlySpan<byte> nonce)
    {
        using var loan = derivers.Borrow();
        var deriver = loan.Item;
        for (var block = 0; block < 2; block++)
        {
            var input = deriver.Input.AsSpan(block * BlockSizeInBytes, BlockSizeInBytes);
            (input[0], input[1], input[2], input[3]) = (0, (byte)(block + 1), (byte)'X', 0);
            nonce[..HalfNonceSizeInBytes].CopyTo(input[4..]);
            for (var i = 0; i < BlockSizeInBytes; i++)
            {
                input[i] ^= cmacSubkey.Reveal()[i];
            }
        }

        try
        {
            return new AesGcm(deriver.Run(), TagSizeInBytes);
        }
        finally
        {
            deriver.Clear();
        }
    }

    // Steps 1 and 2: NIST SP 800-38B §6.1, once for a key. Without a branch on the secret bit.
    private SecretBytes CmacSubkey()
    {
        using var loan = derivers.Borrow();
        loan.Item.Input.AsSpan().Clear();
        var block = loan.Item.Run()[..BlockSizeInBytes];

        Span<byte> subkey = stackalloc byte[BlockSizeInBytes];
        for (var i = 0; i < BlockSizeInBytes; i++)
        {
            var carry = i + 1 < BlockSizeInBytes ? block[i + 1] >> 7 : 0;
            subkey[i] = (byte)((block[i] << 1) | carry);
        }

        subkey[^1] ^= (byte)(0b1000_0111 & -(block[0] >> 7));
        loan.Item.Clear();
        var copy = SecretBytes.CopyOf(subkey);
        CryptographicOperations.ZeroMemory(subkey);
        return copy;
    }

    /// <summary>Encrypts two blocks under the key with plain AES, in pinned buffers.</summary>
    private sealed class Deriver : IDisposable
    {
        private readonly ICryptoTransform aes;
        private readonly byte[] output = GC.AllocateArray<byte>(2 * BlockSizeInBytes, pinned: true);

        [SuppressMessage("Security", "CA5358", Justification = "Single blocks of CMAC, as the specification's step 5 has them.")]
        public Deriver(SecretBytes key)
        {
            using var cipher = Aes.Create();
            cipher.Mode = CipherMode.ECB;
            cipher.Padding = PaddingMode.None;
            cipher.SetKey(key.Reveal());
            aes = cipher.CreateEncryptor();
        }

        public byte[] Input { get; } = GC.AllocateArray<byte>(2 * BlockSizeInBytes, pinned: true);

        public ReadOnlySpan<byte> Run()
        {
            aes.TransformBlock(Input, 0, Input.Length, output, 0);
            return output;
        }

        public void Clear()
        {
            CryptographicOperations.ZeroMemory(Input);
            CryptographicOperations.ZeroMemory(output);
        }

        public void Dispose()
        {
            Clear();
            aes.Dispose();
        }
    }
}
