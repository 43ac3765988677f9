using System.Net;
using System.Net.Sockets;

namespace McpSecure.ServiceDefaults;

/// <summary>Lists the kinds of things that are found in text without being set up.</summary>
internal static class TextRules
{
    /// <summary>Gets the rules for credentials and personal data.</summary>
    public static IReadOnlyList<TextRule> Records { get; } =
    [
        new PrivateKeyRule(),
        new ApiKeyRule("mcp_sk_"),
        new ApiKeyRule("mlcp_"), // of platforms of before, which go on working once they are imported

        // RFC 7519 §3 and RFC 7516 §3.1: {" in base64url, then two to four more parts.
        new PatternRule("token", "[TOKEN]", ".", "eyJ", @"eyJ[0-9A-Za-z_-]+\.[0-9A-Za-z_-]*(?:\.[0-9A-Za-z_-]*){1,3}"),

        // RFC 6750 §2.1: b64token.
        new PatternRule("token", "[TOKEN]", " \t", "earer", @"[Bb]earer[ \t]+[0-9A-Za-z._~+/-]+=*", TokenOfBearer),
        new PatternRule("token", "[TOKEN]", " \t", "EARER", @"BEARER[ \t]+[0-9A-Za-z._~+/-]+=*", TokenOfBearer),

        // RFC 5321 §4.1.2 allows more in front of the @, which in a text is rather what stands around an address: / = ? & ' and braces.
        new PatternRule("email", "[EMAIL]", "@", null, @"[\w.!#$%*+^~-]+@[\w-]+(?:\.[\w-]+)*\.(?:xn--[0-9A-Za-z-]+|[^\W\d_]{2,})"),
        new PaymentCardRule(),
        new PatternRule("ssn", "[SSN]", TextRule.Digits, null, "[0-9]{3}(?:-[0-9]{2}-|[ ][0-9]{2}[ ])[0-9]{4}", SocialSecurityNumber),
    ];

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<TextRule> All { get; } =
    [
        .. Records,
        new Ipv6Rule(),
        new PatternRule("ip", "[IP]", ".", null, @"[0-9]{1,3}(?:\.[0-9]{1,3}){3}", Ipv4Address),
    ];

    // "Bearer authentication is required" is no token: letters alone, and not many.
    private static (int Start, int End)? TokenOfBearer(string text, int start, int end)
    {
        var token = text.AsSpan(start, end - start).LastIndexOfAny(' ', '\t') + 1 + start;
        return end - token >= 20 || text.AsSpan(token, end - token).ContainsAnyExcept(Letters) ? (token, end) : null;
    }

    // https://www.ssa.gov/employer/stateweb.htm: no area 000, 666 or 9xx, no group 00, no serial 0000.
    private static (int Start, int End)? SocialSecurityNumber(string text, int start, int end)
    {
        var number = text.AsSpan(start, end - start);
        return !Touches(text, start, end, static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_')
            && number[..3] is not ("000" or "666") && number[0] != '9' && number[4..6] is not "00" && number[7..] is not "0000"
                ? (start, end)
                : null;
    }

    // Four numbers of a version look just like an address, unless something says which it is.
    private static (int Start, int End)? Ipv4Address(string text, int start, int end)
    {
        foreach (var part in text.AsSpan(start, end - start).Split('.'))
        {
            var octet = text.AsSpan(start, end - start)[part];
            if ((octet.Length > 1 && octet[0] == '0') || int.Parse(octet) > 255)
            {
                return null;
            }
        }

        var goesOn = end + 1 < text.Length && text[end] == '.' && char.IsAsciiDigit(text[end + 1]);
        var before = text.AsSpan(0, start).TrimEnd(" :=\"'");
        return goesOn || Touches(text, start, end, static c => char.IsAsciiLetterOrDigit(c) || c is '_') || (start > 0 && text[start - 1] == '.')
            || before.EndsWith("version", StringComparison.OrdinalIgnoreCase)
                ? null
                : (start, end);
    }

    internal static bool Touches(string text, int start, int end, Func<char, bool> isOfAWord) =>
        (start > 0 && isOfAWord(text[start - 1])) || (end < text.Length && isOfAWord(text[end]));

    private static readonly System.Buffers.SearchValues<char> Letters =
        System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    /// <summary>Finds IPv6 addresses (RFC 4291 §2.2): runs of their characters that parse as one.</summary>
    private sealed class Ipv6Rule() : TextRule("ip", "[IP]", ":")
    {
        private const int Longest = 45;

        private static readonly System.Buffers.SearchValues<char> Characters = System.Buffers.SearchValues.Create("0123456789ABCDEFabcdef:.");

        public override void Find(string text, ref List<Finding>? findings)
        {
            var colons = text.AsSpan().IndexOf(':');
            for (var start = 0; colons >= 0 && start < text.Length;)
            {
                var next = text.AsSpan(start).IndexOfAny(Characters);
                if (next < 0)
                {
                    return;
                }

                start += next;
                var length = text.AsSpan(start).IndexOfAnyExcept(Characters);
                var end = length < 0 ? text.Length : start + length;
                Judge(text, start, end, ref findings);
                start = end;
            }
        }

        private void Judge(string text, int start, int end, ref List<Finding>? findings)
        {
            // What ends a sentence or a phrase is no part of an address; two colons are.
            var run = text.AsSpan(start, end - start).TrimEnd('.');
            if (run.EndsWith(":") && !run.EndsWith("::"))
            {
                run = run[..^1];
            }

            if (run.Length is > 2 and <= Longest && run.Count(':') >= 2
                && !Touches(text, start, start + run.Length, static c => char.IsLetterOrDigit(c) || c is '_')
                && IPAddress.TryParse(run, out var address) && address.AddressFamily == AddressFamily.InterNetworkV6)
            {
                Add(ref findings, start, start + run.Length);
            }
        }
    }
}
