using System.CommandLine;
using McpSecure.Cli.Input;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure decrypt</c>: gives back what was encrypted, to the byte.</summary>
internal static class DecryptCommand
{
    public static Command Create(CommandRunner runner)
    {
        var (data, input) = (new DataOptions(), new DataInput("the ciphertext"));
        var output = new DataOutput("the plaintext");
        var batch = BatchRun.Option();
        var command = new Command("decrypt", "Decrypt what `encrypt` made with the same keyring and context.");
        command.Add(input.Option);
        data.AddTo(command);
        command.Add(output.Option);
        command.Add(batch);
        command.Validators.Add(result =>
        {
            if (result.GetResult(output.Option) is not null && result.GetResult(batch) is not null)
            {
                result.AddError("--out and --batch exclude each other.");
            }
        });

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            if (invocation.Arguments.GetValue(batch))
            {
                return await BatchRun.RunAsync(invocation, input, async lines => await DecryptAsync(services, invocation, data, lines, cancellationToken), cancellationToken);
            }

            var request = new DecryptRequest
            {
                Keyring = data.Keyring(invocation),
                Context = data.Context(invocation),
                Ciphertext = await input.ReadHiddenTextAsync(invocation, cancellationToken),
            };
            var response = await services.Encryption.DecryptAsync(request, cancellationToken: cancellationToken);
            await output.WriteAsync(
                invocation,
                response.Plaintext.Memory,
                file => new Decrypted(response.KeyVersion, file is null ? Convert.ToBase64String(response.Plaintext.Span) : null, file),
                cancellationToken);
            return ExitCode.Ok;
        });
    }

    private static async Task<IEnumerable<BatchLine>> DecryptAsync(
        Services services, Invocation invocation, DataOptions data, IReadOnlyList<BatchLine> lines, CancellationToken cancellationToken)
    {
        var request = new DecryptBatchRequest { Keyring = data.Keyring(invocation), Items = { data.Ciphertexts(invocation, lines) } };
        var response = await services.Encryption.DecryptBatchAsync(request, cancellationToken: cancellationToken);
        return lines.Zip(response.Items, (line, item) =>
            item.OutcomeCase == DecryptedItem.OutcomeOneofCase.Plaintext ? line.With(item.Plaintext) : line.Without(item.Refused));
    }

    private sealed record Decrypted(int KeyVersion, string? PlaintextBase64, string? File);
}
