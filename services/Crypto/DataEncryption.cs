using System.Buffers;

namespace McpSecure.Crypto;

/// <summary>Encrypts under the active version of a keyring and decrypts with whichever version a ciphertext names.</summary>
internal sealed class DataEncryption(Keyrings keyrings, UnwrappedKeys keys)
{
    /// <summary>Encrypts, and binds <paramref name="context"/> to the plaintext.</summary>
    public async ValueTask<EncryptResult> EncryptAsync(
        string keyring, ReadOnlyMemory<byte> plaintext, ReadOnlyMemory<byte> context, CancellationToken cancellationToken)
    {
        if (await keyrings.FindAsync(keyring, cancellationToken) is not { } found)
        {
            return new EncryptResult.KeyringNotFound();
        }

        var version = found.Description.Active.Number;
        return found.Description.Algorithm == KeyAlgorithm.Xaes256Gcm && keys.Get(found, version) is EncryptionKey key
            ? new EncryptResult.Encrypted(Seal(key, keyring, version, plaintext.Span, context.Span), version)
            : new EncryptResult.WrongAlgorithm();
    }

    /// <summary>Decrypts. Whatever is wrong with the ciphertext or its context is one and the same outcome.</summary>
    public async ValueTask<DecryptResult> DecryptAsync(
        string keyring, string ciphertext, ReadOnlyMemory<byte> context, CancellationToken cancellationToken)
    {
        // Another keyring's ciphertext is read as one without a version, so that this keyring's kind and existence are judged all the same.
        var version = Ciphertext.TryParse(ciphertext, out var parsed) && parsed.Keyring.SequenceEqual(keyring) ? parsed.Version : 0;
        if (await keyrings.FindAsync(keyring, version, cancellationToken) is not { } found)
        {
            return new DecryptResult.KeyringNotFound();
        }

        if (found.Description.Algorithm != KeyAlgorithm.Xaes256Gcm)
        {
            return new DecryptResult.WrongAlgorithm();
        }

        return found.Description.Find(version) is { State: KeyState.Active or KeyState.DecryptOnly }
            && keys.Get(found, version) is EncryptionKey key
            && Open(key, keyring, ciphertext, context.Span) is { } plaintext
                ? new DecryptResult.Decrypted(plaintext, version)
                : new DecryptResult.Invalid();
    }

    private static string Seal(EncryptionKey key, string keyring, int version, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> context)
    {
        var size = Xaes256Gcm.SealedSizeInBytes(plaintext.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            key.Cipher.Seal(plaintext, Ciphertext.AssociatedData(keyring, version, context), buffer.AsSpan(0, size));
            return Ciphertext.Write(keyring, version, buffer.AsSpan(0, size));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static byte[]? Open(EncryptionKey key, string keyring, string text, ReadOnlySpan<byte> context)
    {
        if (!Ciphertext.TryParse(text, out var ciphertext))
        {
            return null;
        }

        var size = ciphertext.SealedSizeInBytes;
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        try
        {
            ciphertext.Decode(buffer);
            return key.Cipher.TryOpen(buffer.AsSpan(0, size), Ciphertext.AssociatedData(keyring, ciphertext.Version, context), out var plaintext)
                ? plaintext
                : null;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}

/// <summary>Says how an encryption ended.</summary>
internal abstract record EncryptResult
{
    private EncryptResult()
    {
    }

    /// <summary>The ciphertext in its outer form, and the version that made it.</summary>
    public sealed record Encrypted(string Ciphertext, int Version) : EncryptResult;

    /// <summary>There is no keyring of this name.</summary>
    public sealed record KeyringNotFound : EncryptResult;

    /// <summary>The keyring signs.</summary>
    public sealed record WrongAlgorithm : EncryptResult;
}

/// <summary>Says how a decryption ended. Prints no plaintext.</summary>
internal abstract record DecryptResult
{
    private DecryptResult()
    {
    }

    /// <summary>The plaintext, and the version that opened it.</summary>
    public sealed record Decrypted(byte[] Plaintext, int Version) : DecryptResult
    {
        public override string ToString() => nameof(Decrypted);
    }

    /// <summary>There is no keyring of this name.</summary>
    public sealed record KeyringNotFound : DecryptResult;

    /// <summary>The keyring signs.</summary>
    public sealed record WrongAlgorithm : DecryptResult;

    /// <summary>The ciphertext was changed, cut, or belongs to another keyring, version or context.</summary>
    public sealed record Invalid : DecryptResult;
}
