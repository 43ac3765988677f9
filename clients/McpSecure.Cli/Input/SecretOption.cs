using System.CommandLine;
using System.CommandLine.Parsing;

namespace McpSecure.Cli.Input;

/// <summary>
/// Lets a command take one secret: from a file, from a line of standard input, or asked for without echo. Never from the command
/// line, which every process of the machine may read, nor from the environment, which children inherit.
/// </summary>
internal sealed class SecretOption
{
    private readonly string what;
    private readonly Option<string?> file;
    private readonly Option<bool> stdin;

    /// <summary>Makes the options <c>--name-file</c> and <c>--name-stdin</c> for a secret that people call <paramref name="what"/>.</summary>
    public SecretOption(string name, string what)
    {
        this.what = what;
        file = FileOption.Create($"--{name}-file", $"Read {what} from the first line of FILE.");
        stdin = new Option<bool>($"--{name}-stdin") { Description = $"Read {what} from a line of standard input." };
    }

    /// <summary>Adds both options to a command, of which a caller gives at most one.</summary>
    public void AddTo(Command command)
    {
        command.Add(file);
        command.Add(stdin);
        command.Validators.Add(result =>
        {
            if (result.GetResult(file) is not null && result.GetResult(stdin) is not null)
            {
                result.AddError($"{file.Name} and {stdin.Name} exclude each other.");
            }
        });
    }

    /// <summary>Tells whether the caller gave the secret by an option.</summary>
    public bool IsGiven(ParseResult arguments) => arguments.GetValue(file) is not null || arguments.GetValue(stdin);

    /// <summary>Tells a validator whether one of the options stands on the command line; its value may be at fault, and reading it throws.</summary>
    public bool IsNamed(CommandResult result) => result.GetResult(file) is not null || result.GetResult(stdin) is not null;


    /// <summary>Reads the secret, asking a person where no option gave it.</summary>
    /// <exception cref="CommandFailure">Nobody can be asked, nothing was given, or the file cannot be read.</exception>
    public Secret Read(Invocation invocation)
    {
        var line = invocation.Arguments.GetValue(file) is { } path
            ? InputFiles.ReadFirstLine(path)
            : invocation.Arguments.GetValue(stdin)
                ? invocation.Input.ReadLine()
                : Ask(invocation.Terminal, Capitalized(what) + ": ");

        return new Secret(string.IsNullOrEmpty(line)
            ? throw CommandFailure.InvalidInput($"{Capitalized(what)} is empty.", Hint)
            : line);
    }

    /// <summary>Reads a new secret; a person types it twice.</summary>
    public Secret ReadNew(Invocation invocation)
    {
        var first = Read(invocation);
        if (!IsGiven(invocation.Arguments) && Ask(invocation.Terminal, "Once more: ") != first.Reveal())
        {
            throw CommandFailure.InvalidInput("The two entries differ.", "Nothing was changed; start the command again.");
        }

        return first;
    }

    private string Hint => $"Use {file.Name} FILE or {stdin.Name}, or start the command on a terminal to be asked.";

    private string? Ask(Terminal terminal, string prompt) =>
        terminal.CanAsk
            ? terminal.AskHidden(prompt)
            : throw CommandFailure.InvalidInput($"{Capitalized(what)} is needed and there is no terminal to ask on.", Hint);

    private static string Capitalized(string text) => char.ToUpperInvariant(text[0]) + text[1..];
}
