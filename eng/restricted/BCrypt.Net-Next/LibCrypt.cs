using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace BCrypt.Net;

/// <summary>Calls crypt_r(3) of libxcrypt, which Debian and Ubuntu install as libcrypt.so.1.</summary>
internal static partial class LibCrypt
{
    // sizeof (struct crypt_data), crypt.h; its first member is the output, 384 bytes.
    private const int StateSizeInBytes = 32768;
    private const int OutputSizeInBytes = 384;

    /// <summary>Returns the hash of a key that holds no NUL, or null when the library refuses the setting.</summary>
    public static string? Hash(ReadOnlySpan<byte> key, string setting)
    {
        // Pinned, so that the collector leaves no copy behind; the last byte of each string stays zero.
        var state = GC.AllocateArray<byte>(StateSizeInBytes, pinned: true);
        var phrase = GC.AllocateArray<byte>(key.Length + 1, pinned: true);
        key.CopyTo(phrase);
        try
        {
            // crypt(3): a failure returns a null pointer, or a string that begins with '*'.
            if (Crypt(phrase, Encoding.ASCII.GetBytes(setting + '\0'), state) == 0 || state[0] == '*')
                return null;

            var output = state.AsSpan(0, OutputSizeInBytes);
            return Encoding.ASCII.GetString(output[..output.IndexOf((byte)0)]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(state);
            CryptographicOperations.ZeroMemory(phrase);
        }
    }

    [LibraryImport("libcrypt.so.1", EntryPoint = "crypt_r")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Crypt(ReadOnlySpan<byte> phrase, ReadOnlySpan<byte> setting, Span<byte> state);
}
