using System.CommandLine;
using System.Text;
using Google.Protobuf;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure configuration</c>, <c>mask</c> and <c>sanitize</c>: protect what is in documents and texts.</summary>
internal static class ProtectionCommands
{
    public static Command Configuration(CommandRunner runner) =>
        new("configuration", "Encrypt the passwords, keys and tokens inside a JSON document.") { Protect(runner), Unprotect(runner) };

    public static Command Mask(CommandRunner runner)
    {
        var input = new DataInput("the JSON document");
        var command = new Command("mask", "Mask what is sensitive in a JSON document, by the names of its fields. No user is needed.") { input.Option };
        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var request = new MaskDataRequest { Document = UnsafeByteOperations.UnsafeWrap(await input.ReadAsync(invocation, cancellationToken)) };
            var response = await invocation.ConnectAsWorkload().DataProtection.MaskDataAsync(request, cancellationToken: cancellationToken);
            await DataOutput.WriteRawAsync(invocation, "the document", response.Document.Memory, cancellationToken);
        });
    }

    public static Command Sanitize(CommandRunner runner)
    {
        var input = new DataInput("the text");
        var command = new Command("sanitize", "Take personal data and credentials out of a text. No user is needed.") { input.Option };
        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var text = Text.OfUtf8(await input.ReadAsync(invocation, cancellationToken)) ?? throw CommandFailure.InvalidInput("The text is not UTF-8.");
            var response = await invocation.ConnectAsWorkload().DataProtection.SanitizeTextAsync(new() { Text = text }, cancellationToken: cancellationToken);
            if (invocation.Answer.IsJson)
            {
                invocation.Answer.Write(new Sanitized(response.Text, response.Findings.ToDictionary(StringComparer.Ordinal)), _ => "");
                return;
            }

            await DataOutput.WriteRawAsync(invocation, "the text", Encoding.UTF8.GetBytes(response.Text), cancellationToken);
        });
    }

    private static Command Protect(CommandRunner runner)
    {
        var (data, input) = (new DataOptions(), new DataInput("the JSON document"));
        var command = new Command("protect", "Encrypt strings whose names contain password, secret, key, token or credential; no other byte changes.");
        command.Add(input.Option);
        data.AddTo(command);
        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new ProtectConfigurationRequest
            {
                Keyring = data.Keyring(invocation),
                Context = data.Context(invocation),
                Document = UnsafeByteOperations.UnsafeWrap(await input.ReadAsync(invocation, cancellationToken)),
            };
            var response = await services.DataProtection.ProtectConfigurationAsync(request, cancellationToken: cancellationToken);
            await DataOutput.WriteRawAsync(invocation, "the document", response.Document.Memory, cancellationToken);
            invocation.Answer.Note($"Values encrypted: {response.ValuesProtected}.");
        });
    }

    private static Command Unprotect(CommandRunner runner)
    {
        var (data, input) = (new DataOptions(), new DataInput("the JSON document"));
        var output = new DataOutput("the document");
        var command = new Command("unprotect", "Decrypt what `protect` encrypted with the same keyring and context.");
        command.Add(input.Option);
        data.AddTo(command);
        command.Add(output.Option);
        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new UnprotectConfigurationRequest
            {
                Keyring = data.Keyring(invocation),
                Context = data.Context(invocation),
                Document = UnsafeByteOperations.UnsafeWrap(await input.ReadAsync(invocation, cancellationToken)),
            };
            var response = await services.DataProtection.UnprotectConfigurationAsync(request, cancellationToken: cancellationToken);
            await output.WriteDocumentAsync(
                invocation, response.Document.Memory, file => new Unprotected(response.ValuesUnprotected, file), cancellationToken);
        });
    }

    private sealed record Sanitized(string Text, IReadOnlyDictionary<string, int> Findings);

    private sealed record Unprotected(int ValuesUnprotected, string File);
}
