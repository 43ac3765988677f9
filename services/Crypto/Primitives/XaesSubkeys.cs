using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>Derives the subkeys of XAES-256-GCM: NIST SP 800-108r1 in counter mode with CMAC-AES256, whose inputs are single blocks. Safe to use in parallel.</summary>
/// <remarks>Source: https://c2sp.org/XAES-256-GCM, steps 1 to 5.</remarks>
internal sealed class XaesSubkeys : IDisposable
{
    /// <summary>The size of what a subkey is derived from: the first half of a nonce.</summary>
    public const int ContextSizeInBytes = 12;

    private const int BlockSizeInBytes = 16;

    private readonly SecretBytes key;
    private readonly SecretBytes cmacSubkey;
    private readonly SparePool<TwoBlocks> ciphers;

    /// <summary>Copies the key; the caller zeroes his own.</summary>
    public XaesSubkeys(ReadOnlySpan<byte> key)
    {
        this.key = SecretBytes.CopyOf(key);
        ciphers = new SparePool<TwoBlocks>(() => new TwoBlocks(this.key));
        cmacSubkey = CmacSubkey();
    }

    /// <summary>Returns AES-256-GCM under the subkey CMAC(K, 00 01 'X' 00 ‖ context) ‖ CMAC(K, 00 02 'X' 00 ‖ context).</summary>
    public AesGcm CipherOf(ReadOnlySpan<byte> context, int tagSizeInBytes)
    {
        using var loan = ciphers.Borrow();
        var blocks = loan.Item;
        for (var block = 0; block < 2; block++)
        {
            var input = blocks.Input.AsSpan(block * BlockSizeInBytes, BlockSizeInBytes);
            (input[0], input[1], input[2], input[3]) = (0, (byte)(block + 1), (byte)'X', 0);
            context.CopyTo(input[4..]);
            for (var i = 0; i < BlockSizeInBytes; i++)
            {
                input[i] ^= cmacSubkey.Reveal()[i];
            }
        }

        try
        {
            return new AesGcm(blocks.Encrypt(), tagSizeInBytes);
        }
        finally
        {
            blocks.Clear();
        }
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose()
    {
        ciphers.Dispose();
        cmacSubkey.Dispose();
        key.Dispose();
    }

    // Steps 1 and 2: NIST SP 800-38B §6.1, once for a key. Without a branch on the secret bit.
    private SecretBytes CmacSubkey()
    {
        using var loan = ciphers.Borrow();
        loan.Item.Input.AsSpan().Clear();
        var block = loan.Item.Encrypt()[..BlockSizeInBytes];

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
    private sealed class TwoBlocks : IDisposable
    {
        private readonly ICryptoTransform aes;
        private readonly byte[] output = GC.AllocateArray<byte>(2 * BlockSizeInBytes, pinned: true);

        [SuppressMessage("Security", "CA5358", Justification = "Single blocks of CMAC, as the specification's step 5 has them.")]
        public TwoBlocks(SecretBytes key)
        {
            using var cipher = Aes.Create();
            cipher.Mode = CipherMode.ECB;
            cipher.Padding = PaddingMode.None;
            cipher.SetKey(key.Reveal());
            aes = cipher.CreateEncryptor();
        }

        public byte[] Input { get; } = GC.AllocateArray<byte>(2 * BlockSizeInBytes, pinned: true);

        public ReadOnlySpan<byte> Encrypt()
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
