using System.CommandLine.Parsing;

namespace McpSecure.Cli.Commands;

/// <summary>Names a resource and an action, or a pattern for each. A resource may hold colons, an action does not.</summary>
internal sealed record ResourceAction(string Resource, string Action)
{
    /// <summary>Reads <c>servers/weather:read</c>; null where it is none.</summary>
    public static ResourceAction? TryRead(string text)
    {
        var colon = text.LastIndexOf(':');
        return colon > 0 && colon < text.Length - 1 ? new ResourceAction(text[..colon], text[(colon + 1)..]) : null;
    }

    /// <summary>Reads an argument; what is none adds an error that says what one looks like.</summary>
    public static ResourceAction? Parse(ArgumentResult result) => Parse(result, result.Tokens[0]);

    /// <summary>Reads the values of an option that may stand several times.</summary>
    public static ResourceAction[] ParseAll(ArgumentResult result) => [.. result.Tokens.Select(token => Parse(result, token)).OfType<ResourceAction>()];

    public override string ToString() => $"{Resource}:{Action}";

    private static ResourceAction? Parse(ArgumentResult result, Token token)
    {
        if (TryRead(token.Value) is { } read)
        {
            return read;
        }

        result.AddError($"'{token.Value}' is not <resource>:<action>, for example servers:read.");
        return null;
    }
}
