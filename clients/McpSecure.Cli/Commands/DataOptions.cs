using System.CommandLine;
using Google.Protobuf;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Holds what commands that use a keyring's key have in common: the keyring, and what is bound to the data.</summary>
internal sealed class DataOptions
{
    private readonly Argument<string> keyring = new("keyring") { Description = "The keyring's name, for example service-tokens." };

    private readonly Option<string?> context = new("--context")
    {
        HelpName = "TEXT",
        Description = "What is bound to the data and needed to decrypt them, for example the id of their row. Not a secret.",
    };

    public void AddTo(Command command)
    {
        command.Add(keyring);
        command.Add(context);
    }

    public string Keyring(Invocation invocation) => invocation.Arguments.GetRequiredValue(keyring);

    /// <summary>Answers what is bound to the data, or to one item of a batch that says so itself.</summary>
    public ByteString Context(Invocation invocation, string? own = null) =>
        ByteString.CopyFromUtf8(own ?? invocation.Arguments.GetValue(context) ?? "");

    /// <summary>Answers the ciphertexts of a batch for a request.</summary>
    public IEnumerable<CiphertextItem> Ciphertexts(Invocation invocation, IReadOnlyList<BatchLine> lines) => lines.Select(line => new CiphertextItem
    {
        Id = line.WireId,
        Ciphertext = line.Value ?? throw CommandFailure.InvalidInput($"The item {line.WireId} holds no ciphertext: that is a \"value\"."),
        Context = Context(invocation, line.Context),
    });
}
