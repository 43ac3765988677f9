using System.Buffers.Text;
using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using Google.Protobuf;
using McpSecure.Cli.Input;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary>
/// <c>mcpsecure sign</c> and <c>mcpsecure verify</c>: signatures and authentication codes, whichever the keyring's keys make, written
/// <c>version.base64url</c>, since it takes the version to verify them.
/// </summary>
internal static class SignatureCommands
{
    public static Command Sign(CommandRunner runner)
    {
        var (keyring, input) = (KeyringArgument(), new DataInput("the data"));
        var command = new Command("sign", "Sign data, at most 64 KiB, with a keyring's active key; with hs256, authenticate them.") { keyring, input.Option };
        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var data = UnsafeByteOperations.UnsafeWrap(await input.ReadAsync(invocation, cancellationToken));
            var used = await FindAsync(services, invocation.Arguments.GetRequiredValue(keyring), cancellationToken);
            var signature = used.Algorithm == KeyAlgorithm.HmacSha256
                ? await AuthenticateAsync(services, used, data, cancellationToken)
                : await SignAsync(services, used, data, cancellationToken);
            invocation.Answer.Write(
                new Signed(used.Name, KeyringView.AlgorithmName(used.Algorithm), signature.Version, $"{signature}"), made => made.Signature);
        });
    }

    public static Command Verify(CommandRunner runner)
    {
        var (keyring, input) = (KeyringArgument(), new DataInput("the data"));
        var text = new Argument<Signature?>("signature") { Description = "What `sign` wrote.", CustomParser = Signature.Parse };
        var command = new Command("verify", "Check what `sign` wrote. Exit code 0: it holds; 1: it does not.") { keyring, text, input.Option };
        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var data = UnsafeByteOperations.UnsafeWrap(await input.ReadAsync(invocation, cancellationToken));
            var used = await FindAsync(services, invocation.Arguments.GetRequiredValue(keyring), cancellationToken);
            var (version, bytes) = invocation.Arguments.GetRequiredValue(text)!;
            var valid = used.Algorithm == KeyAlgorithm.HmacSha256
                ? (await services.Signing.VerifyMacAsync(new() { Keyring = used.Name, KeyVersion = version, Data = data, Mac = bytes }, cancellationToken: cancellationToken)).Valid
                : (await services.Signing.VerifyAsync(new() { Keyring = used.Name, KeyVersion = version, Data = data, Signature = bytes }, cancellationToken: cancellationToken)).Valid;
            invocation.Answer.Write(new Verdict(valid, used.Name, version), verdict => verdict.Valid ? "valid" : "not valid");
            return valid ? ExitCode.Ok : ExitCode.Denied;
        });
    }

    private static async Task<Keyring> FindAsync(Services services, string name, CancellationToken cancellationToken) =>
        (await services.Keyrings.GetKeyringAsync(new() { Name = name }, cancellationToken: cancellationToken)).Keyring;

    private static async Task<Signature> SignAsync(Services services, Keyring keyring, ByteString data, CancellationToken cancellationToken)
    {
        var request = new SignRequest { Keyring = keyring.Name, KeyVersion = keyring.ActiveVersion, Data = data };
        var response = await services.Signing.SignAsync(request, cancellationToken: cancellationToken);
        return new(request.KeyVersion, response.Signature);
    }

    private static async Task<Signature> AuthenticateAsync(Services services, Keyring keyring, ByteString data, CancellationToken cancellationToken)
    {
        var response = await services.Signing.ComputeMacAsync(new() { Keyring = keyring.Name, Data = data }, cancellationToken: cancellationToken);
        return new(response.KeyVersion, response.Mac);
    }

    private static Argument<string> KeyringArgument() => new("keyring") { Description = "A keyring that signs or authenticates." };

    private sealed record Signed(string Keyring, string Algorithm, int KeyVersion, string Signature);

    private sealed record Verdict(bool Valid, string Keyring, int KeyVersion);

    private sealed record Signature(int Version, ByteString Bytes)
    {
        public static Signature? Parse(ArgumentResult result)
        {
            var parts = result.Tokens[0].Value.Split('.');
            if (parts.Length == 2 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var version) && Base64Url.IsValid(parts[1]))
            {
                return new(version, ByteString.CopyFrom(Base64Url.DecodeFromChars(parts[1])));
            }

            result.AddError($"'{result.Tokens[0].Value}' is not <version>.<signature>, as `mcpsecure sign` writes it.");
            return null;
        }

        public override string ToString() => $"{Version}.{Base64Url.EncodeToString(Bytes.Span)}";
    }
}
