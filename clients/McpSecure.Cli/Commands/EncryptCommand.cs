using System.CommandLine;
using Google.Protobuf;
using McpSecure.Cli.Input;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure encrypt</c>: encrypts what comes in, to the byte.</summary>
internal static class EncryptCommand
{
    public static Command Create(CommandRunner runner)
    {
        var (data, input) = (new DataOptions(), new DataInput("the plaintext"));
        var batch = BatchRun.Option();
        var command = new Command("encrypt", "Encrypt bytes from a file or standard input, at most 4 MiB, under a keyring.");
        command.Add(input.Option);
        data.AddTo(command);
        command.Add(batch);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            if (invocation.Arguments.GetValue(batch))
            {
                return await BatchRun.RunAsync(invocation, input, async lines => await EncryptAsync(services, invocation, data, lines, cancellationToken), cancellationToken);
            }

            var request = new EncryptRequest
            {
                Keyring = data.Keyring(invocation),
                Context = data.Context(invocation),
                Plaintext = UnsafeByteOperations.UnsafeWrap(await input.ReadHiddenAsync(invocation, cancellationToken)),
            };
            var response = await services.Encryption.EncryptAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(new Encrypted(request.Keyring, response.Ciphertext), made => made.Ciphertext);
            return ExitCode.Ok;
        });
    }

    private static async Task<IEnumerable<BatchLine>> EncryptAsync(
        Services services, Invocation invocation, DataOptions data, IReadOnlyList<BatchLine> lines, CancellationToken cancellationToken)
    {
        var request = new EncryptBatchRequest { Keyring = data.Keyring(invocation) };
        request.Items.Add(lines.Select(line => new EncryptItem
        {
            Id = line.WireId,
            Plaintext = line.Value is { } text ? ByteString.CopyFromUtf8(text) : FromBase64(line),
            Context = data.Context(invocation, line.Context),
        }));
        var response = await services.Encryption.EncryptBatchAsync(request, cancellationToken: cancellationToken);
        return lines.Zip(response.Items, (line, item) => line.With(item.Ciphertext));
    }

    private static ByteString FromBase64(BatchLine line)
    {
        try
        {
            return ByteString.FromBase64(line.Base64!);
        }
        catch (FormatException)
        {
            throw CommandFailure.InvalidInput($"The item {line.WireId} is not base64.");
        }
    }

    private sealed record Encrypted(string Keyring, string Ciphertext);
}
