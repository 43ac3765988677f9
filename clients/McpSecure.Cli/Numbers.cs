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

    private static long Parse(ArgumentResult result, string name, long least, long most)
    {
        if (long.TryParse(result.Tokens[0].Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most)
        {
            return number;
        }

        result.AddError(most == long.MaxValue ? $"{name} is a number from {least}." : $"{name} is a number from {least} to {most}.");
        return least;
    }
}
