using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>
/// Holds key material: pinned, so that the collector leaves no copies behind, and zeroed when disposed. Prints its type name.
/// </summary>
internal sealed class SecretBytes : IDisposable
{
    private readonly byte[] bytes;
    private bool disposed;

    private SecretBytes(int sizeInBytes) => bytes = GC.AllocateUninitializedArray<byte>(sizeInBytes, pinned: true);

    /// <summary>Makes random bytes.</summary>
    public static SecretBytes Random(int sizeInBytes)
    {
        var secret = new SecretBytes(sizeInBytes);
        RandomNumberGenerator.Fill(secret.bytes);
        return secret;
    }

    /// <summary>Copies bytes; the caller zeroes his own.</summary>
    public static SecretBytes CopyOf(ReadOnlySpan<byte> source)
    {
        var secret = new SecretBytes(source.Length);
        source.CopyTo(secret.bytes);
        return secret;
    }

    /// <summary>Takes the bytes of an array and zeroes the array.</summary>
    public static SecretBytes Take(byte[] source)
    {
        try
        {
            return CopyOf(source);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(source);
        }
    }

    /// <summary>Shows the bytes, which are valid until this is disposed.</summary>
    /// <exception cref="ObjectDisposedException">They are zeroed already.</exception>
    public ReadOnlySpan<byte> Reveal()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return bytes;
    }

    /// <summary>Zeroes the bytes.</summary>
    public void Dispose()
    {
        disposed = true;
        CryptographicOperations.ZeroMemory(bytes);
    }

    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(SecretBytes);
}
