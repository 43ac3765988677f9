using System.CommandLine;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure data-key</c>: makes a key for encrypting elsewhere, and its wrapped form.</summary>
internal static class DataKeyCommand
{
    public static Command Create(CommandRunner runner)
    {
        var data = new DataOptions();
        var size = Numbers.Option("--size", "BYTES", "The key's size, 16 to 64.", otherwise: 32, least: 16, most: 64);
        var wrapped = new Option<bool>("--wrapped-only") { Description = "Do not answer the key, only its wrapped form." };
        var secretOut = new SecretOutOption("the key, in base64,");
        var command = new Command("data-key", "Make a random key to encrypt with elsewhere; `decrypt` opens its wrapped form.") { size, wrapped, secretOut.Option };
        data.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(wrapped) is not null && result.GetResult(secretOut.Option) is not null)
            {
                result.AddError("--wrapped-only and --secret-out exclude each other.");
            }
        });

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            using var prepared = secretOut.Prepare(invocation);
            var request = new GenerateDataKeyRequest
            {
                Keyring = data.Keyring(invocation),
                Context = data.Context(invocation),
                SizeInBytes = (int)invocation.Arguments.GetValue(size),
                WrappedOnly = invocation.Arguments.GetValue(wrapped),
            };
            var response = await services.Encryption.GenerateDataKeyAsync(request, cancellationToken: cancellationToken);
            var key = request.WrappedOnly ? null : response.Plaintext.ToBase64();
            var file = key is null ? null : SecretOutOption.TryKeep(prepared, key);
            invocation.Answer.Write(
                new DataKey(request.Keyring, response.KeyVersion, response.Ciphertext, file is null ? key : null, file),
                made => Table.Details(
                    ("Wrapped", made.Ciphertext), made.SecretFile is null ? ("Key", made.KeyBase64 ?? Text.None) : ("Key in", made.SecretFile)));
        });
    }

    private sealed record DataKey(string Keyring, int KeyVersion, string Ciphertext, string? KeyBase64, string? SecretFile);
}
