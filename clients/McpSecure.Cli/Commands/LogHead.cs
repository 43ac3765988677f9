using System.CommandLine.Parsing;
using System.Globalization;

namespace McpSecure.Cli.Commands;

/// <summary>Names a point of the log that somebody noted: a place and the link there.</summary>
internal sealed record LogHead(long Place, string Link)
{
    /// <summary>Tells whether the chain stands at this point now.</summary>
    public bool Is(LogChain chain) => chain.Entries == Place && Convert.ToHexStringLower(chain.Head) == Link;

    /// <summary>Reads <c>place:head</c> as <c>audit verify</c> writes it; what is not adds an error.</summary>
    public static LogHead? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var parts = text.Split(':');
        if (parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var place) && place > 0
            && parts[1].Length == 64 && parts[1].All(char.IsAsciiHexDigit))
        {
            return new LogHead(place, parts[1].ToLowerInvariant());
        }

        result.AddError($"'{text}' is not <place>:<head>, as `mcpsecure audit verify` writes it.");
        return null;
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Place}:{Link}";
}
