using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace McpSecure.Cli;

/// <summary>Makes options that take a whole number within bounds.</summary>
internal static class Numbers
{
    /// <summary>Makes the option; what is no number or out of bounds is an error that tells the bounds.</summary>
    public static Option<long> Option(string name, string help, string description, long otherwise, long least, long most) => new(name)
    {
        HelpName = help,
        Description = description,
        DefaultValueFactory = _ => otherwise,
        CustomParser = result => Parse(result, name, least, most),
    };

    /// <summary>Makes an option whose absence means something, for a number from <paramref name="least"/>.</summary>
    public static Option<int?> Optional(string name, string help, string description, int least, int most = int.MaxValue) => new(name)
    {
        HelpName = help,
        Description = description,
        CustomParser = result => (int)Parse(result, name, least, most),
    };

    /// <summary>Makes an argument that takes the number of a version.</summary>
    public static Argument<int> Version() => new("version")
    {
        Description = "The version's number.",
        CustomParser = result => (int)Parse(result, "A version", least: 1, int.MaxValue),
    };

    /// <summary>Makes an argument that takes the numbers of versions.</summary>
    public static Argument<int[]> Versions() => new("version")
    {
        Description = "The versions' numbers.",
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => (int)Parse(result, token, "A version", least: 1, int.MaxValue))],
    };

    private static long Parse(ArgumentResult result, string name, long least, long most) => Parse(result, result.Tokens[0], name, least, most);

    private static long Parse(ArgumentResult result, Token token, string name, long least, long most)
    {
        if (long.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        result.AddError(most is int.MaxValue or long.MaxValue ? $"{name} is a number from {least}." : $"{name} is a number from {least} to {most}.");
        return least;
    }
}
