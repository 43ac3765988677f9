using System.CommandLine;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure fernet</c>: the tokens of Python platforms.</summary>
internal static class FernetCommands
{
    public static Command Create(CommandRunner runner) =>
        new("fernet", "Read and write Fernet tokens, for data of Python platforms.") { Encrypt(runner), Decrypt(runner), Rotate(runner), Import(runner) };

    private static Command Encrypt(CommandRunner runner)
    {
        var (keyring, input) = (KeyringArgument(), new DataInput("the plaintext"));
        return runner.On(new Command("encrypt", "Encrypt bytes, at most 1 MiB, as a token.") { keyring, input.Option }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new EncryptFernetRequest
            {
                Keyring = invocation.Arguments.GetRequiredValue(keyring),
                Plaintext = UnsafeByteOperations.UnsafeWrap(await input.ReadHiddenAsync(invocation, cancellationToken)),
            };
            var response = await services.Fernet.EncryptFernetAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(new Encrypted(request.Keyring, response.Token), made => made.Token);
        });
    }

    private static Command Decrypt(CommandRunner runner)
    {
        var (keyring, input, output) = (KeyringArgument(), new DataInput("the token"), new DataOutput("the plaintext"));
        var age = Durations.Option("--max-age", "Refuse a token that is older: 60s, 12h. Default: no time is looked at.");
        var command = new Command("decrypt", "Decrypt a token that any version of the keyring made.") { keyring, input.Option, output.Option, age };
        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new DecryptFernetRequest
            {
                Keyring = invocation.Arguments.GetRequiredValue(keyring),
                Token = await input.ReadHiddenTextAsync(invocation, cancellationToken),
                MaxAge = invocation.Arguments.GetValue(age) is { } time ? Duration.FromTimeSpan(time) : null,
            };
            var response = await services.Fernet.DecryptFernetAsync(request, cancellationToken: cancellationToken);
            await output.WriteAsync(
                invocation,
                response.Plaintext.Memory,
                file => new Decrypted(
                    response.KeyVersion, response.CreatedAt.ToDateTimeOffset(), file is null ? response.Plaintext.ToBase64() : null, file),
                cancellationToken);
        });
    }

    private static Command Rotate(CommandRunner runner)
    {
        var (keyring, input) = (KeyringArgument(), new DataInput("the token"));
        return runner.On(new Command("rotate", "Move a token to the keyring's active version; it keeps its time.") { keyring, input.Option }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new RotateFernetRequest
            {
                Keyring = invocation.Arguments.GetRequiredValue(keyring),
                Token = await input.ReadHiddenTextAsync(invocation, cancellationToken),
            };
            var response = await services.Fernet.RotateFernetAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(new Rotated(request.Keyring, response.KeyVersion, response.Token), made => made.Token);
        });
    }

    private static Command Import(CommandRunner runner)
    {
        var (keyring, key) = (KeyringArgument(), new SecretOption("key", "the key"));
        var command = new Command("import", "Take a key of a Python platform as the active version; of several, the one that encrypts there last.") { keyring };
        key.AddTo(command);
        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new ImportFernetKeyRequest { Keyring = invocation.Arguments.GetRequiredValue(keyring), Key = key.Read(invocation).Reveal() };
            var response = await services.Fernet.ImportFernetKeyAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(
                new Imported(request.Keyring, response.KeyVersion),
                one => Table.Details(("Keyring", one.Keyring), ("Active version", $"{one.KeyVersion}")));
        });
    }

    private static Argument<string> KeyringArgument() => new("keyring") { Description = "A keyring of the algorithm fernet." };

    private sealed record Encrypted(string Keyring, string Token);

    private sealed record Decrypted(int KeyVersion, DateTimeOffset CreatedAt, string? PlaintextBase64, string? File);

    private sealed record Rotated(string Keyring, int KeyVersion, string Token);

    private sealed record Imported(string Keyring, int KeyVersion);
}
