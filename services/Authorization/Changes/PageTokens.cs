using System.Buffers.Text;
using System.Globalization;
using System.Text;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>
/// Reads and writes page tokens: the last item of the page before, in base64url. Who makes one up sees what he may list anyway.
/// </summary>
internal static class PageTokens
{
    private const int DefaultPageSize = 100;
    private const char Separator = '\n';

    /// <summary>Cuts the one item more that was read off and tells where the next page begins; empty where there is none.</summary>
    /// <param name="found">The items, one more than the page has where there are more.</param>
    /// <param name="pageSize">How many the page has.</param>
    /// <param name="keyOf">Gives what the list is sorted by.</param>
    public static (IReadOnlyList<T> Page, string Next) Cut<T>(IReadOnlyList<T> found, int pageSize, Func<T, string[]> keyOf) =>
        found.Count <= pageSize
            ? (found, "")
            : ([.. found.Take(pageSize)], Write([found[pageSize - 1]], keyOf));

    /// <summary>Writes the token of the page behind the last item; empty where there is none.</summary>
    public static string Write<T>(IReadOnlyList<T> last, Func<T, string[]> keyOf) =>
        last is [var item] ? Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Join(Separator, keyOf(item)))) : "";

    /// <summary>Reads where a page begins: behind what the list is sorted by; all empty for the first page.</summary>
    /// <exception cref="Refusal">PAGE_TOKEN_INVALID: it was not given here.</exception>
    public static string[] Read(string token, int parts)
    {
        if (token.Length == 0)
        {
            return [.. Enumerable.Repeat("", parts)];
        }

        var bytes = new byte[Base64Url.GetMaxDecodedLength(token.Length)];
        if (Base64Url.IsValid(token) && Base64Url.TryDecodeFromChars(token, bytes, out var length))
        {
            var key = Encoding.UTF8.GetString(bytes, 0, length);
            if (Base64Url.EncodeToString(Encoding.UTF8.GetBytes(key)) == token && !key.Contains('\0') && key.Split(Separator) is var read && read.Length == parts)
            {
                return read;
            }
        }

        throw Invalid();
    }

    /// <summary>Reads an id out of a token; the smallest one for the first page.</summary>
    /// <exception cref="Refusal">PAGE_TOKEN_INVALID: it was not given here.</exception>
    public static Guid Id(string part) =>
        part.Length == 0 ? Guid.Empty : Guid.TryParseExact(part, "D", out var id) ? id : throw Invalid();

    /// <summary>Reads a kind of principal out of a token; less than any for the first page.</summary>
    /// <exception cref="Refusal">PAGE_TOKEN_INVALID: it was not given here.</exception>
    public static short Kind(string part) =>
        part.Length == 0 ? (short)0 : short.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var kind) ? kind : throw Invalid();

    /// <summary>Tells how many items a page has.</summary>
    public static int Size(int asked) => asked == 0 ? DefaultPageSize : asked;

    private static Refusal Invalid() => Refusal.Because(ErrorReason.PageTokenInvalid, "This page token was not given here.");
}
