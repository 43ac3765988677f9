using System.CommandLine;
using McpSecure.Cli.Input;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure rewrap</c>: moves ciphertexts to the active version of their keyring.</summary>
internal static class RewrapCommand
{
    public static Command Create(CommandRunner runner)
    {
        var (data, input) = (new DataOptions(), new DataInput("the ciphertext"));
        var batch = BatchRun.Option();
        var command = new Command("rewrap", "Move what `encrypt` made to the keyring's active version, without showing what it is.");
        command.Add(input.Option);
        data.AddTo(command);
        command.Add(batch);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            if (invocation.Arguments.GetValue(batch))
            {
                return await BatchRun.RunAsync(invocation, input, async lines => await RewrapAsync(services, invocation, data, lines, cancellationToken), cancellationToken);
            }

            var request = new RewrapRequest
            {
                Keyring = data.Keyring(invocation),
                Context = data.Context(invocation),
                Ciphertext = await input.ReadHiddenTextAsync(invocation, cancellationToken),
            };
            var response = await services.Encryption.RewrapAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(new Rewrapped(request.Keyring, response.KeyVersion, response.Ciphertext), made => made.Ciphertext);
            return ExitCode.Ok;
        });
    }

    private static async Task<IEnumerable<BatchLine>> RewrapAsync(
        Services services, Invocation invocation, DataOptions data, IReadOnlyList<BatchLine> lines, CancellationToken cancellationToken)
    {
        var request = new RewrapBatchRequest { Keyring = data.Keyring(invocation), Items = { data.Ciphertexts(invocation, lines) } };
        var response = await services.Encryption.RewrapBatchAsync(request, cancellationToken: cancellationToken);
        return lines.Zip(response.Items, (line, item) =>
            item.OutcomeCase == RewrappedItem.OutcomeOneofCase.Ciphertext ? line.With(item.Ciphertext) : line.Without(item.Refused));
    }

    private sealed record Rewrapped(string Keyring, int KeyVersion, string Ciphertext);
}
