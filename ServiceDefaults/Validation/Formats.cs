using System.Buffers;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Knows the forms of strings that the contract names.</summary>
internal static class Formats
{
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");
    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-_.");
    private static readonly SearchValues<char> ResourceCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:/@");

    /// <summary>Says why a string does not have a form; null: it has.</summary>
    public static string? WhyNot(Format format, string value) => format switch
    {
        Format.Unspecified or Format.Any => null,
        Format.Uuid => IsUuid(value) ? null : "must be a UUID: 36 characters, lower-case hexadecimal with hyphens.",
        Format.Name => IsName(value) ? null : "must be a name: a lower-case letter, then at most 63 of a-z 0-9 - _ . with a letter or digit at the end.",
        Format.Email => IsEmail(value) ? null : "must be an e-mail address.",
        Format.TraceId => IsTraceId(value) ? null : "must be a trace id: 32 lower-case hexadecimal digits, not all zero.",
        Format.Resource => IsResource(value) ? null : "must be a resource: 1 to 256 of letters, digits and - _ . : / @, without empty, . or .. segments.",
        Format.Scope => IsScope(value) ? null : "must be a scope: at most 64 characters, lower-case letters on both sides of a colon.",
    };

    private static bool IsUuid(ReadOnlySpan<char> value) =>
        value.Length == 36 && value[8] == '-' && value[13] == '-' && value[18] == '-' && value[23] == '-'
        && !value[..8].ContainsAnyExcept(LowerHex) && !value[9..13].ContainsAnyExcept(LowerHex) && !value[14..18].ContainsAnyExcept(LowerHex)
        && !value[19..23].ContainsAnyExcept(LowerHex) && !value[24..].ContainsAnyExcept(LowerHex);

    private static bool IsName(ReadOnlySpan<char> value) =>
        value.Length is > 0 and <= 64 && char.IsAsciiLetterLower(value[0]) && char.IsAsciiLetterOrDigit(value[^1])
        && !value.ContainsAnyExcept(NameCharacters);

    private static bool IsEmail(ReadOnlySpan<char> value)
    {
        var at = value.IndexOf('@');
        if (at <= 0 || value.Length > 254) // RFC 5321 §4.5.3.1.3
        {
            return false;
        }

        var domain = value[(at + 1)..];
        return !domain.Contains('@') && domain.Contains('.') && domain[0] != '.' && domain[^1] != '.' && !ContainsWhiteSpace(value);
    }

    private static bool ContainsWhiteSpace(ReadOnlySpan<char> value)
    {
        foreach (var character in value)
        {
            if (char.IsWhiteSpace(character))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsTraceId(ReadOnlySpan<char> value) =>
        value.Length == 32 && !value.ContainsAnyExcept(LowerHex) && value.ContainsAnyExcept('0');

    private static bool IsResource(ReadOnlySpan<char> value)
    {
        if (value.Length is 0 or > 256 || value.ContainsAnyExcept(ResourceCharacters))
        {
            return false;
        }

        foreach (var range in value.Split('/'))
        {
            if (value[range] is "" or "." or "..")
            {
                return false;
            }
        }

        return true;
    }
    private static bool IsScope(ReadOnlySpan<char> value)
    {
        var colon = value.IndexOf(':');
        return colon > 0 && colon < value.Length - 1 && value.Length <= 64
            && !value[..colon].ContainsAnyExceptInRange('a', 'z') && !value[(colon + 1)..].ContainsAnyExceptInRange('a', 'z');
    }
}
