using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure keys</c>: manages the API keys of the user who is signed in.</summary>
internal static class KeyCommands
{
    public static Command Create(CommandRunner runner) =>
        new("keys", "Manage your API keys.") { Make(runner), KeyValidation.Create(runner), Revoke(runner), List(runner) };

    private static Command Make(CommandRunner runner)
    {
        var name = new Argument<string>("name") { Description = "What to call it, 1 to 100 characters." };
        var scopes = new Option<string[]>("--scope")
        {
            HelpName = "SCOPE",
            Description = "What to narrow it to, for example mcp:read. Once for each scope.",
            Required = true,
        };
        var lifetime = Durations.Option("--lifetime", "How long it lives: 90s, 30m, 12h, 30d. Default: until revoked.");
        var secretOut = new SecretOutOption("the key");
        var command = new Command("create", "Make an API key and show it, this once.") { name, scopes, lifetime, secretOut.Option };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var request = new CreateApiKeyRequest { Name = invocation.Arguments.GetRequiredValue(name) };
            request.Scopes.Add(invocation.Arguments.GetRequiredValue(scopes));
            if (invocation.Arguments.GetValue(lifetime) is { } time)
            {
                request.Lifetime = Duration.FromTimeSpan(time);
            }

            var services = invocation.ConnectAsUser();
            using var prepared = secretOut.Prepare(invocation);
            var response = await services.ApiKeys.CreateApiKeyAsync(request, cancellationToken: cancellationToken);
            var file = SecretOutOption.TryKeep(prepared, response.Secret);
            var made = new NewKey(ApiKeyView.Of(response.ApiKey), file is null ? response.Secret : null, file);
            invocation.Answer.Write(made, key => Table.Details(
                [.. key.ApiKey.ForPeople(), key.SecretFile is null ? ("Key", key.Secret!) : ("Key in", key.SecretFile)]));
            if (file is null)
            {
                invocation.Answer.Note("Keep the key now: it is never shown again.");
            }
        });
    }

    private static Command Revoke(CommandRunner runner)
    {
        var id = new Argument<string>("id") { Description = "The key's id; `mcpsecure keys list` shows it." };
        return runner.On(new Command("revoke", "End an API key for good.") { id }, async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().ApiKeys.RevokeApiKeyAsync(
                new RevokeApiKeyRequest { ApiKeyId = invocation.Arguments.GetRequiredValue(id) }, cancellationToken: cancellationToken);
            invocation.Answer.Write(ApiKeyView.Of(response.ApiKey), key => Table.Details([.. key.ForPeople()]));
        });
    }

    private static Command List(CommandRunner runner)
    {
        var limit = Pages.Limit();
        return runner.On(new Command("list", "List your API keys, newest first.") { limit }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var keys = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                var page = await services.ApiKeys.ListApiKeysAsync(
                    new ListApiKeysRequest { PageSize = size, PageToken = token }, cancellationToken: cancellationToken);
                return (page.ApiKeys, page.NextPageToken);
            });

            invocation.Answer.Write(new ApiKeyList([.. keys.Select(ApiKeyView.Of)]), list => Table.Rows(
                "No API keys.",
                ["Name", "Id", "Key", "Scopes", "Made", "Ends", "Revoked"],
                list.ApiKeys.Select(key => new[]
                {
                    key.Name, key.ApiKeyId, key.DisplayPrefix, Text.List(key.Scopes),
                    Text.Time(key.CreatedAt), Text.Time(key.ExpiresAt), Text.Time(key.RevokedAt),
                })));
        });
    }

    private sealed record NewKey(ApiKeyView ApiKey, string? Secret, string? SecretFile);

    private sealed record ApiKeyList(IReadOnlyList<ApiKeyView> ApiKeys);
}
