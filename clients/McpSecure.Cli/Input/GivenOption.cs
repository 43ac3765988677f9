using System.CommandLine;

namespace McpSecure.Cli.Input;

/// <summary>Makes options whose absence means something that an empty value must not: a variable that a script left unset would mean it.</summary>
internal static class GivenOption
{
    /// <summary>Makes the option; an empty value is an error.</summary>
    public static Option<string?> Create(string name, string help, string description)
    {
        var option = new Option<string?>(name) { HelpName = help, Description = description };
        option.Validators.Add(result =>
        {
            if (result.Tokens.Any(token => token.Value.Length == 0))
            {
                result.AddError($"{name} needs a value.");
            }
        });

        return option;
    }
}
