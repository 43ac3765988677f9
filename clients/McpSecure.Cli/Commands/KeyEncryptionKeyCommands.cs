using System.CommandLine;
using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure keyrings keks</c>: the key-encryption keys between the root key and those of keyrings.</summary>
internal static class KeyEncryptionKeyCommands
{
    public static Command Create(CommandRunner runner) =>
        new("keks", "See and rotate the key-encryption keys that seal all others.") { List(runner), Rotate(runner) };

    private static Command List(CommandRunner runner) =>
        runner.On(new Command("list", "List them, and how many keys each seals."), async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Keyrings.ListKeyEncryptionKeysAsync(new(), cancellationToken: cancellationToken);
            invocation.Answer.Write(new KekList([.. response.KeyEncryptionKeys.Select(Of)]), list => Table.Rows(
                "No key-encryption keys.",
                ["Id", "State", "Seals", "Root key", "Made"],
                list.KeyEncryptionKeys.Select(key => new[] { key.Id, StateName(key.State), $"{key.SealedKeys}", key.RootKey, Text.Time(key.CreatedAt) })));
        });

    private static Command Rotate(CommandRunner runner) =>
        runner.On(new Command("rotate", "Make a new one; all keys are sealed anew under it, and the old one goes."), async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Keyrings.RotateKeyEncryptionKeyAsync(new(), cancellationToken: cancellationToken);
            invocation.Answer.Write(Of(response.KeyEncryptionKey), key => Table.Details(
                ("Id", key.Id), ("State", StateName(key.State)), ("Root key", key.RootKey), ("Made", Text.Time(key.CreatedAt))));
        });

    private static KekView Of(KeyEncryptionKey key) => new(key.Id, key.State, key.SealedKeys, key.RootKey, key.CreatedAt.ToDateTimeOffset());

    private static string StateName(KeyEncryptionKeyState state) => state switch
    {
        KeyEncryptionKeyState.Unspecified => "unknown",
        KeyEncryptionKeyState.Pending => "pending",
        KeyEncryptionKeyState.Active => "active",
        KeyEncryptionKeyState.Retired => "retired",
    };

    private sealed record KekView(string Id, KeyEncryptionKeyState State, long SealedKeys, string RootKey, DateTimeOffset CreatedAt);

    private sealed record KekList(IReadOnlyList<KekView> KeyEncryptionKeys);
}
