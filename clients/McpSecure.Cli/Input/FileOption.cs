using System.CommandLine;

namespace McpSecure.Cli.Input;

/// <summary>Makes options that name a file.</summary>
internal static class FileOption
{
    /// <summary>Makes the option; an empty name, as an unset variable of a script leaves it, is an error.</summary>
    public static Option<string?> Create(string name, string description)
    {
        var option = new Option<string?>(name) { HelpName = "FILE", Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
            {
                result.AddError($"{name} needs the name of a file.");
            }
        });

        return option;
    }
}
