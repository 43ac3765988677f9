using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>Encrypts under the active version of one keyring and decrypts with whichever version a ciphertext names. Good for one call.</summary>
internal sealed class EncryptionKeyring(StoredKeyring keyring, UnwrappedKeys keys)
{
    private readonly string name = keyring.Description.Name;

    // The version that was used last: all items of a batch are mostly of one.
    private OpenVersion? last;

    /// <summary>Gets the version that encrypts; 0 where none does, and then only decryption was asked for.</summary>
    public int ActiveVersion { get; } = keyring.Description.ForUse?.Number ?? 0;

    /// <summary>Encrypts, and binds <paramref name="context"/> to the plaintext. Returns the ciphertext in its outer form.</summary>
    public string Encrypt(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> context)
    {
        var version = Open(ActiveVersion);
        var size = checked(plaintext.Length + version.Cipher.OverheadInBytes);
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            version.Cipher.Seal(plaintext, version.AssociatedData(context), buffer.AsSpan(0, size));
            return Ciphertext.Write(version.Head, buffer.AsSpan(0, size));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Decrypts. Returns false, with nothing else to tell, where the ciphertext was changed or cut, or is of another keyring, version or context.
    /// </summary>
    public bool TryDecrypt(string ciphertext, ReadOnlySpan<byte> context, [NotNullWhen(true)] out byte[]? plaintext, out int version)
    {
        (plaintext, version) = (null, 0);
        if (!TryRead(ciphertext, out var parsed))
        {
            return false;
        }

        // Of its own size: the response takes it without a copy.
        var opened = new byte[PlaintextSizeInBytes(parsed)];
        if (!TryOpen(parsed, context, opened))
        {
            return false;
        }

        (plaintext, version) = (opened, parsed.Version);
        return true;
    }

    /// <summary>
    /// Moves a ciphertext to the active version; one that is there already comes back as it is, once it was checked. Returns null where
    /// <see cref="TryDecrypt"/> would return false. The plaintext leaves this method only as another ciphertext.
    /// </summary>
    public string? Rewrap(string ciphertext, ReadOnlySpan<byte> context)
    {
        if (!TryRead(ciphertext, out var parsed))
        {
            return null;
        }

        var size = PlaintextSizeInBytes(parsed);
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        var plaintext = buffer.AsSpan(0, size);
        try
        {
            return !TryOpen(parsed, context, plaintext) ? null : parsed.Version == ActiveVersion ? ciphertext : Encrypt(plaintext, context);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // A ciphertext of this keyring and of a version that decrypts, long enough to hold a message.
    private bool TryRead(string text, out Ciphertext ciphertext) =>
        Ciphertext.TryParse(text, out ciphertext)
        && ciphertext.Keyring.SequenceEqual(name)
        && keyring.Description.FindForReading(ciphertext.Version) is not null
        && PlaintextSizeInBytes(ciphertext) >= 0;

    private int PlaintextSizeInBytes(Ciphertext ciphertext) => ciphertext.SealedSizeInBytes - Open(ciphertext.Version).Cipher.OverheadInBytes;

    private bool TryOpen(Ciphertext ciphertext, ReadOnlySpan<byte> context, Span<byte> plaintext)
    {
        var size = ciphertext.SealedSizeInBytes;
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            ciphertext.Decode(buffer);
            var version = Open(ciphertext.Version);
            return version.Cipher.TryOpen(buffer.AsSpan(0, size), version.AssociatedData(context), plaintext);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private OpenVersion Open(int version) => last is { } open && open.Number == version
        ? open
        : last = new OpenVersion(version, ((EncryptionKey)keys.Get(keyring, version)).Cipher, Ciphertext.HeadOf(name, version));

    private sealed class OpenVersion(int number, IAead cipher, string head)
    {
        private readonly byte[] withoutContext = Ciphertext.AssociatedData(head, []);

        public int Number => number;

        public IAead Cipher => cipher;

        public string Head => head;

        public byte[] AssociatedData(ReadOnlySpan<byte> context) => context.IsEmpty ? withoutContext : Ciphertext.AssociatedData(head, context);
    }
}
