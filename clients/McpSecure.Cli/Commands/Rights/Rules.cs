using System.CommandLine;
using System.CommandLine.Parsing;
using McpSecure.Authorization.V1;

namespace McpSecure.Cli.Commands;

/// <summary>
/// Reads and writes rules as people type them: <c>servers/*:read</c>, and <c>servers/*:delete+mfa</c> for one that allows only with a
/// recent second factor. No action has a plus sign, so that no pattern that could match is taken for the mark.
/// </summary>
internal static class Rules
{
    private const string Mark = "+mfa";

    /// <summary>Makes an option whose values are rules of one effect.</summary>
    public static Option<Permission[]> Option(string name, Effect effect, string description) => new(name)
    {
        HelpName = "RESOURCE:ACTION",
        Description = description,
        CustomParser = result => [.. result.Tokens.Select(token => Parse(result, token, effect)).OfType<Permission>()],
    };

    /// <summary>Reads an argument whose effect an option tells.</summary>
    public static Permission? Parse(ArgumentResult result) => Parse(result, result.Tokens[0], Effect.Allow);

    /// <summary>Writes what a rule is about, with its mark.</summary>
    public static string Write(string resource, string action, bool requiresSecondFactor) => $"{resource}:{action}{(requiresSecondFactor ? Mark : "")}";

    /// <summary>Writes a rule with its effect.</summary>
    public static string Write(Effect effect, string resource, string action, bool requiresSecondFactor) =>
        $"{Name(effect)} {Write(resource, action, requiresSecondFactor)}";

    /// <summary>Answers the word for an effect.</summary>
    public static string Name(Effect effect) => effect switch
    {
        Effect.Allow or Effect.Unspecified => "allow",
        Effect.Deny => "deny",
    };

    private static Permission? Parse(ArgumentResult result, Token token, Effect effect)
    {
        var marked = token.Value.EndsWith(Mark, StringComparison.Ordinal);
        if (marked && effect == Effect.Deny)
        {
            result.AddError($"'{token.Value}': what denies does so with and without a second factor; leave {Mark} out.");
            return null;
        }

        if (ResourceAction.TryRead(marked ? token.Value[..^Mark.Length] : token.Value) is not { } read)
        {
            result.AddError($"'{token.Value}' is not <resource>:<action>, for example servers/*:read, or servers/*:delete{Mark} with a second factor.");
            return null;
        }

        return new Permission { ResourcePattern = read.Resource, ActionPattern = read.Action, Effect = effect, RequiresSecondFactor = marked };
    }
}
