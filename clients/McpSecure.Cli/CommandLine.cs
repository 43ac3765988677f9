using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using McpSecure.Cli.Commands;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;

namespace McpSecure.Cli;

/// <summary>Reads the command line and runs what it asks for.</summary>
internal static class CommandLine
{
    private const string Description = """
        The command line of McpSecure, the security control plane of an MCP platform.

        Exit codes: 0 done or yes; 1 the answer is no; 2 invalid input; 3 not signed in or second factor
        needed; 4 permission denied; 5 not found; 6 conflict; 7 unavailable; 8 internal error; 130 cancelled.
        """;

    /// <summary>Runs one command line and answers its exit code.</summary>
    public static async Task<int> RunAsync(
        IReadOnlyList<string> arguments, Terminal terminal, TimeProvider clock, CancellationToken cancellationToken = default)
    {
        var options = new GlobalOptions();
        var parsing = new ParserConfiguration { ResponseFileTokenReplacer = null }; // `@name` is a value like any other
        var parsed = Create(options, terminal, clock).Parse(arguments.Count > 0 ? arguments : ["--help"], parsing);
        if (UnknownOption(parsed, arguments) is { } unknown)
        {
            return Refuse(parsed, $"'{unknown}' is not an option here. Write --option=VALUE for a value that begins with -, and -- before such an argument.", options, terminal);
        }

        if (parsed.Action is ParseErrorAction)
        {
            return Refuse(parsed, string.Join(' ', Messages(parsed)), options, terminal);
        }

        return await parsed.InvokeAsync(new InvocationConfiguration
        {
            Output = terminal.Out,
            Error = terminal.Error,
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(2),
        }, cancellationToken);
    }

    private static RootCommand Create(GlobalOptions options, Terminal terminal, TimeProvider clock)
    {
        var runner = new CommandRunner(options, terminal, clock);
        var root = new RootCommand(Description)
        {
            BootstrapCommand.Create(runner),
            SignInCommand.Create(runner),
            SignOutCommand.Create(runner),
            WhoAmICommand.Create(runner),
            MfaCommands.Create(runner),
            TotpCommand.Create(runner),
            UserCommands.Create(runner),
            OrganizationCommands.Create(runner),
            RoleCommands.Create(runner),
            GrantCommands.Create(runner),
            ResourceCommands.Create(runner),
            KeyCommands.Create(runner),
            LimitCommands.Create(runner),
            CheckCommand.Create(runner),
            PermissionsCommand.Create(runner),
            WhoCanCommand.Create(runner),
            KeyringCommands.Create(runner),
            CertificateCommands.Create(runner),
            EncryptCommand.Create(runner),
            DecryptCommand.Create(runner),
            RewrapCommand.Create(runner),
            DataKeyCommand.Create(runner),
            SignatureCommands.Sign(runner),
            SignatureCommands.Verify(runner),
            FernetCommands.Create(runner),
            SecretCommands.Create(runner),
            DatabaseCommands.Create(runner),
            CredentialCommands.Create(runner),
            LeaseCommands.Create(runner),
            AccountCommands.Create(runner),
            ProtectionCommands.Configuration(runner),
            ProtectionCommands.Mask(runner),
            ProtectionCommands.Sanitize(runner),
            AuditCommands.Create(runner),
            CompletionCommand.Create(runner),
        };

        options.AddTo(root);

        // Without the forms of DOS, /h and /?: they are paths.
        root.Options.Remove(root.Options.OfType<HelpOption>().Single());
        root.Add(new HelpOption("--help", "-h", "-?") { Action = new HelpAction { MaxWidth = 120 } });

        return root;
    }

    private static int Refuse(ParseResult parsed, string message, GlobalOptions options, Terminal terminal)
    {
        ErrorWriter.Write(terminal, parsed.GetValue(options.Json), new ErrorDetails(
            "USAGE",
            Status: null,
            message,
            [],
            new Dictionary<string, string>(StringComparer.Ordinal),
            $"`{CommandPath.Of(parsed.CommandResult.Command)} --help` shows how it is used.",
            TraceId: "",
            (int)ExitCode.InvalidInput));
        return (int)ExitCode.InvalidInput;
    }

    private static IEnumerable<string> Messages(ParseResult parsed) =>
        // A word that is no command is told as that, not as a command that is missing.
        parsed.CommandResult.Command.Subcommands.Count > 0 && parsed.UnmatchedTokens.Count > 0
            ? [$"'{parsed.UnmatchedTokens[0]}' is not a command of {CommandPath.Of(parsed.CommandResult.Command)}."]
            : parsed.Errors
                .Select(error => string.Join(' ', error.Message.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)))
                .Distinct(StringComparer.Ordinal);

    // The parser hands an option that it does not know to whatever takes a value next: `keys create --lifetme` would make a key of that
    // name, and `users create ann --email --pasword-stdin` an account with that address.
    private static string? UnknownOption(ParseResult parsed, IReadOnlyList<string> typed)
    {
        var known = parsed.Tokens.Where(token => token.Type == TokenType.Option).Select(token => token.Value);
        var unknown = typed.TakeWhile(word => word != "--").Where(word => word.StartsWith('-') && word.Length > 1).Except(known, StringComparer.Ordinal);
        return unknown.Intersect(Values(parsed.CommandResult), StringComparer.Ordinal).FirstOrDefault();
    }

    private static IEnumerable<string> Values(CommandResult command) =>
        command.Children.Where(child => child is ArgumentResult or OptionResult).SelectMany(child => child.Tokens).Select(token => token.Value)
            .Concat(command.Parent is CommandResult parent ? Values(parent) : []);
}
