using System.Buffers.Text;
using System.Diagnostics.CodeAnalysis;

namespace McpSecure.Crypto;

/// <summary>Reads and writes the base64url with padding that Fernet tokens and keys travel in. Each has one spelling.</summary>
internal static class FernetText
{
    /// <summary>Writes bytes.</summary>
    public static string Write(ReadOnlySpan<byte> bytes) => Base64Url.EncodeToString(bytes) + new string('=', (3 - (bytes.Length % 3)) % 3);

    /// <summary>Reads bytes. Returns false where the text is not what <see cref="Write"/> gives: no other alphabet, white space or stray bits.</summary>
    public static bool TryRead(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        bytes = null;
        if (text.Length % 4 != 0 || !Base64Url.IsValid(text))
        {
            return false;
        }

        var read = Base64Url.DecodeFromChars(text);
        if (Write(read) != text)
        {
            return false;
        }

        bytes = read;
        return true;
    }
}
