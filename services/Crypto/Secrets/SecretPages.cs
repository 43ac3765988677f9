using System.Buffers.Text;
using System.Text;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Reads and writes page tokens: the last path of the page before, in base64url. Who makes one up sees what he may list anyway.</summary>
internal static class SecretPages
{
    /// <summary>Writes the token of a page that ended with a path.</summary>
    public static string TokenOf(string lastPath) => Base64Url.EncodeToString(Encoding.ASCII.GetBytes(lastPath));

    /// <summary>Returns the path that the page before ended with.</summary>
    /// <exception cref="Refusal">The token is of another list, or none: PAGE_TOKEN_INVALID.</exception>
    public static string LastOf(string token, string prefix)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(token.Length)];
        if (Base64Url.IsValid(token) && Base64Url.TryDecodeFromChars(token, bytes, out var length))
        {
            var path = Encoding.ASCII.GetString(bytes, 0, length);
            if (TokenOf(path) == token && !path.Contains('\0') && path.StartsWith(prefix, StringComparison.Ordinal))
            {
                return path;
            }
        }

        throw Refusal.Because(ErrorReason.PageTokenInvalid, "This page token was not given here.");
    }
}
