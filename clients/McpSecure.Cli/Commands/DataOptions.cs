using System.CommandLine;
using System.Text;
using Google.Protobuf;
using McpSecure.Cli.Input;

namespace McpSecure.Cli.Commands;

/// <summary>Holds what encrypting and decrypting have in common: the keyring, where the data come from, and what is bound to them.</summary>
internal sealed class DataOptions(string what)
{
    private readonly Argument<string> keyring = new("keyring") { Description = "The keyring's name, for example service-tokens." };

    private readonly Option<string?> file = FileOption.Create("--in", $"Read {what} from FILE. Default: standard input.");

    private readonly Option<string?> context = new("--context")
    {
        HelpName = "TEXT",
        Description = "What is bound to the data and needed to decrypt them, for example the id of their row. Not a secret.",
    };

    public void AddTo(Command command)
    {
        command.Add(keyring);
        command.Add(file);
        command.Add(context);
    }

    public string Keyring(Invocation invocation) => invocation.Arguments.GetRequiredValue(keyring);

    public ByteString Context(Invocation invocation) => ByteString.CopyFromUtf8(invocation.Arguments.GetValue(context) ?? "");

    /// <summary>Reads the data to the byte; a person is asked for a line instead, which is not shown.</summary>
    public async Task<byte[]> ReadAsync(Invocation invocation, string prompt, CancellationToken cancellationToken) =>
        invocation.Arguments.GetValue(file) is { } path
            ? await InputFiles.ReadAllAsync(path, cancellationToken)
            : invocation.Terminal.CanAsk
                ? Encoding.UTF8.GetBytes(invocation.Terminal.AskHidden(prompt) ?? "")
                : await invocation.Input.ReadAllAsync(cancellationToken);
}
