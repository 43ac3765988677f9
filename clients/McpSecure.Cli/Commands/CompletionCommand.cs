using System.CommandLine;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure completion</c>: prints what makes a shell complete our commands. The words come from <c>[suggest]</c>.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # mcpsecure completion for bash: eval "$(mcpsecure completion bash)"
        _mcpsecure_complete() {
            local IFS=$'\n'
            COMPREPLY=($(compgen -W "$(mcpsecure "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "${COMP_WORDS[COMP_CWORD]}"))
        }
        complete -o default -F _mcpsecure_complete mcpsecure
        """;

    private const string Zsh = """
        #compdef mcpsecure
        # mcpsecure completion for zsh: eval "$(mcpsecure completion zsh)"
        _mcpsecure() {
            local -a words_found
            words_found=("${(@f)$(mcpsecure "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
            compadd -a words_found || _files
        }
        compdef _mcpsecure mcpsecure
        """;

    private const string Fish = """
        # mcpsecure completion for fish: mcpsecure completion fish | source
        complete -c mcpsecure -f -a '(mcpsecure "[suggest:"(commandline -C)"]" (commandline -cp) 2>/dev/null)'
        """;

    public static Command Create(CommandRunner runner)
    {
        var shell = new Argument<string>("shell") { Description = "bash, zsh or fish." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish");

        return runner.On(new Command("completion", "Print the script that makes a shell complete these commands.") { shell }, (invocation, _) =>
        {
            var script = invocation.Arguments.GetRequiredValue(shell) switch
            {
                "bash" => Bash,
                "zsh" => Zsh,
                _ => Fish,
            };
            invocation.Answer.Write(new Script(script), made => made.Text);
            return Task.CompletedTask;
        });
    }

    private sealed record Script(string Text);
}
