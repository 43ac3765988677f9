using System.CommandLine;
using System.Text;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Cli.Profiles;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure decrypt</c>: gives back what was encrypted, to the byte.</summary>
internal static class DecryptCommand
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    public static Command Create(CommandRunner runner)
    {
        var data = new DataOptions("the ciphertext");
        var output = FileOption.Create("--out", "Write the plaintext to FILE, which only its owner may read. Default: standard output.");
        var command = new Command("decrypt", "Decrypt what `encrypt` made with the same keyring and context.");
        data.AddTo(command);
        command.Add(output);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new DecryptRequest
            {
                Keyring = data.Keyring(invocation),
                Context = data.Context(invocation),
                Ciphertext = Encoding.UTF8.GetString(await data.ReadAsync(invocation, "Ciphertext: ", cancellationToken)).Trim(),
            };
            var response = await services.Encryption.DecryptAsync(request, cancellationToken: cancellationToken);
            await WriteAsync(invocation, invocation.Arguments.GetValue(output), response, cancellationToken);
        });
    }

    private static async Task WriteAsync(Invocation invocation, string? path, DecryptResponse response, CancellationToken cancellationToken)
    {
        var plaintext = response.Plaintext.Memory;
        if (path is not null)
        {
            OwnerOnlyFile.Write(path, plaintext.Span);
            invocation.Answer.Write(new Decrypted(response.KeyVersion, PlaintextBase64: null, path), done => $"{done.File} was written.");
        }
        else if (invocation.Answer.IsJson)
        {
            invocation.Answer.Write(new Decrypted(response.KeyVersion, Convert.ToBase64String(plaintext.Span), File: null), _ => "");
        }
        else if (invocation.Terminal.IsOutputForPeople)
        {
            await invocation.Terminal.Out.WriteLineAsync(ReadableText(plaintext.Span).AsMemory(), cancellationToken);
        }
        else
        {
            await invocation.Terminal.OutputBytes.WriteAsync(plaintext, cancellationToken);
        }
    }

    // Bytes that are no text would steer the terminal (CWE-150).
    private static string ReadableText(ReadOnlySpan<byte> plaintext)
    {
        try
        {
            // A carriage return alone would write over the line; one before a line feed does nothing.
            var text = StrictUtf8.GetString(plaintext);
            if (!text.Replace("\r\n", "\n", StringComparison.Ordinal).EnumerateRunes().Any(rune => rune.Value != '\t' && Text.Steers(rune)))
            {
                return text;
            }
        }
        catch (DecoderFallbackException)
        {
            // Told below.
        }

        throw CommandFailure.InvalidInput("The plaintext is not text and is not shown on a terminal.", "Write it with --out FILE, or pipe it.");
    }

    private sealed record Decrypted(int KeyVersion, string? PlaintextBase64, string? File);
}
