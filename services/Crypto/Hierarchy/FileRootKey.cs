using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace McpSecure.Crypto;

/// <summary>Keeps the root key that a mounted file holds: 32 random bytes in base64, readable by the file's owner alone.</summary>
internal sealed class FileRootKey : IRootKey
{
    private const UnixFileMode OthersAccess =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    // 32 bytes are 44 characters of base64; the rest is room for a line end and for seeing that a file is too long.
    private const int MaxFileSizeInBytes = 64;

    private readonly Xaes256Gcm cipher;

    private FileRootKey(SecretBytes key)
    {
        cipher = new Xaes256Gcm(key.Reveal());
        Id = "file:" + Convert.ToHexStringLower(HMACSHA256.HashData(key.Reveal(), "mcpsecure root key id"u8).AsSpan(0, 8));
    }

    public string Id { get; }

    /// <summary>Reads the file.</summary>
    /// <exception cref="RootKeyException">It is missing, open to others, or holds something else; the message says which.</exception>
    public static FileRootKey Read(string path)
    {
        Span<byte> text = GC.AllocateArray<byte>(MaxFileSizeInBytes, pinned: true);
        Span<byte> bytes = GC.AllocateArray<byte>(Base64.GetMaxDecodedFromUtf8Length(MaxFileSizeInBytes), pinned: true);
        try
        {
            var length = ReadOwnersFile(path, text);
            var encoded = text[..length].TrimEnd("\r\n "u8);
            if (Base64.DecodeFromUtf8(encoded, bytes, out _, out var decoded) != OperationStatus.Done || decoded != Xaes256Gcm.KeySizeInBytes)
            {
                throw new RootKeyException(
                    $"The root key file {path} does not hold {Xaes256Gcm.KeySizeInBytes} bytes in base64; make one with: openssl rand -base64 32");
            }

            using var key = SecretBytes.CopyOf(bytes[..decoded]);
            return new FileRootKey(key);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RootKeyException($"The root key file {path} cannot be read: {e.Message}", e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(text);
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    public Task<byte[]> WrapAsync(SecretBytes key, byte[] label, CancellationToken cancellationToken) =>
        Task.FromResult(WrappedKey.Wrap(cipher, key, label));

    public Task<SecretBytes?> UnwrapAsync(byte[] wrapped, byte[] label, CancellationToken cancellationToken) =>
        Task.FromResult(WrappedKey.TryUnwrap(cipher, wrapped, label, out var key) ? key : null);

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => cipher.Dispose();

    [SuppressMessage("Interoperability", "CA1416", Justification = "The services run on Linux; elsewhere this throws and nothing starts.")]
    private static int ReadOwnersFile(string path, Span<byte> destination)
    {
        // The mode of what was opened, not of what lies at the path a moment later.
        using var handle = File.OpenHandle(path);
        var mode = File.GetUnixFileMode(handle);
        if ((mode & OthersAccess) != UnixFileMode.None)
        {
            throw new RootKeyException($"The root key file {path} is open to others than its owner; correct it with: chmod 600 {path}");
        }

        return RandomAccess.Read(handle, destination, fileOffset: 0);
    }
}
