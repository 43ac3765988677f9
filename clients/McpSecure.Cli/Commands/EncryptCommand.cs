using System.CommandLine;
using Google.Protobuf;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure encrypt</c>: encrypts what comes in, to the byte.</summary>
internal static class EncryptCommand
{
    public static Command Create(CommandRunner runner)
    {
        var data = new DataOptions("the plaintext");
        var command = new Command("encrypt", "Encrypt bytes from a file or standard input, at most 1 MiB, under a keyring.");
        data.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new EncryptRequest
            {
                Keyring = data.Keyring(invocation),
                Context = data.Context(invocation),
                Plaintext = UnsafeByteOperations.UnsafeWrap(await data.ReadAsync(invocation, "Plaintext: ", cancellationToken)),
            };
            var response = await services.Encryption.EncryptAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(new Encrypted(request.Keyring, response.Ciphertext), made => made.Ciphertext);
        });
    }

    private sealed record Encrypted(string Keyring, string Ciphertext);
}
