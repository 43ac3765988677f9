using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using ApiKeyMessage = McpSecure.ApiKey.V1.ApiKey;

namespace McpSecure.Cli.Commands;

/// <summary>Commands of <c>mcpsecure keys</c> that show a key, take it out of use and back, and put another in its place.</summary>
internal static class KeyLifeCommands
{
    public static Command Get(CommandRunner runner) => OnKey(
        runner,
        "get",
        "Show an API key, without its secret.",
        async (keys, id, cancellationToken) => (await keys.GetApiKeyAsync(new() { ApiKeyId = id }, cancellationToken: cancellationToken)).ApiKey);

    public static Command Disable(CommandRunner runner) => OnKey(
        runner,
        "disable",
        "Make an API key useless until it is enabled.",
        async (keys, id, cancellationToken) => (await keys.DisableApiKeyAsync(new() { ApiKeyId = id }, cancellationToken: cancellationToken)).ApiKey);

    public static Command Enable(CommandRunner runner) => OnKey(
        runner,
        "enable",
        "Make a disabled API key useful again.",
        async (keys, id, cancellationToken) => (await keys.EnableApiKeyAsync(new() { ApiKeyId = id }, cancellationToken: cancellationToken)).ApiKey);

    public static Command Rotate(CommandRunner runner)
    {
        var id = KeyOptions.Id();
        var overlap = Durations.Option("--overlap", "How long the old key goes on working: 90s, 12h, at most 7d. Default: not at all.");
        var secretOut = new SecretOutOption("the new key");
        var command = new Command("rotate", "Put a new API key in the place of one and show it, this once.") { id, overlap, secretOut.Option };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new RotateApiKeyRequest
            {
                ApiKeyId = invocation.Arguments.GetRequiredValue(id),
                RequestId = $"{Guid.CreateVersion7(invocation.Clock.GetUtcNow())}",
                Overlap = invocation.Arguments.GetValue(overlap) is { } time ? Duration.FromTimeSpan(time) : null,
            };
            using var prepared = secretOut.Prepare(invocation);
            var response = await services.ApiKeys.RotateApiKeyAsync(request, cancellationToken: cancellationToken);

            // The call is tried again where its answer is lost on the way, and a repetition answers no secret.
            if (response.Secret.Length == 0)
            {
                throw new CommandFailure(
                    ExitCode.Conflict,
                    "SECRET_LOST",
                    $"The key was rotated, and the answer with the new one was lost on the way: nobody has the secret of {response.ApiKey.ApiKeyId}.",
                    $"Rotate the new one: `mcpsecure keys rotate {response.ApiKey.ApiKeyId}`.");
            }

            var file = SecretOutOption.TryKeep(prepared, response.Secret);
            var rotated = new Rotated(ApiKeyView.Of(response.ApiKey), file is null ? response.Secret : null, file, ApiKeyView.Of(response.Previous));
            invocation.Answer.Write(rotated, one => Table.Details(
            [
                .. one.ApiKey.ForPeople(),
                ("In place of", one.Previous.ApiKeyId),
                ("Which ends", Text.Time(one.Previous.ExpiresAt)),
                one.SecretFile is null ? ("Key", one.Secret!) : ("Key in", one.SecretFile),
            ]));
            if (file is null)
            {
                invocation.Answer.Note("Keep the key now: it is never shown again.");
            }
        });
    }

    // A command that does one thing with the key that its argument names, and shows how it is then.
    private static Command OnKey(
        CommandRunner runner,
        string name,
        string description,
        Func<ApiKeyService.ApiKeyServiceClient, string, CancellationToken, Task<ApiKeyMessage>> call)
    {
        var id = KeyOptions.Id();
        return runner.On(new Command(name, description) { id }, async (invocation, cancellationToken) =>
            ApiKeyView.Write(invocation, await call(invocation.ConnectAsUser().ApiKeys, invocation.Arguments.GetRequiredValue(id), cancellationToken)));
    }

    private sealed record Rotated(ApiKeyView ApiKey, string? Secret, string? SecretFile, ApiKeyView Previous);
}
