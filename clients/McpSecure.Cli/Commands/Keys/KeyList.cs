using System.CommandLine;
using McpSecure.ApiKey.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure keys list</c>: the keys of a user or of an organization, by what they are and how they stand.</summary>
internal static class KeyList
{
    private static readonly Dictionary<string, ApiKeyState> States =
        Enum.GetValues<ApiKeyState>().Where(state => state != ApiKeyState.Unspecified).ToDictionary(ApiKeyView.StateName, StringComparer.Ordinal);

    public static Command Create(CommandRunner runner)
    {
        var owner = GivenOption.Create("--owner", "USER", "Whose, by name or id. Default: who is signed in, or everybody in --organization.");
        var organization = Organizations.Option("any or none");
        var state = new Option<string?>("--state") { HelpName = "STATE", Description = $"Only keys that stand so: {string.Join(' ', States.Keys)}." };
        state.AcceptOnlyFromAmong([.. States.Keys]);
        var prefix = GivenOption.Create("--name-prefix", "TEXT", "Only keys whose name begins so.");
        var before = new Option<DateTimeOffset?>("--expires-before") { HelpName = "TIME", Description = "Only keys that end by themselves before this time.", CustomParser = Times.Parse };
        var scope = GivenOption.Create("--scope", "SCOPE", "Only keys with this scope.");
        var limit = Pages.Limit();
        var command = new Command("list", "List API keys, newest first.") { owner, organization, state, prefix, before, scope, limit };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var arguments = invocation.Arguments;
            var filter = new ListApiKeysRequest
            {
                OwnerId = await KeyOptions.FindOwnerAsync(services, arguments.GetValue(owner), cancellationToken),
                OrganizationId = await Organizations.FindAsync(invocation, services, organization, cancellationToken),
                State = arguments.GetValue(state) is { } name ? States[name] : ApiKeyState.Unspecified,
                NamePrefix = arguments.GetValue(prefix) ?? "",
                ExpiresBefore = arguments.GetValue(before) is { } time ? Timestamp.FromDateTimeOffset(time) : null,
                Scope = arguments.GetValue(scope) ?? "",
            };
            var keys = await Pages.ReadAsync(arguments.GetValue(limit), async (size, token) =>
            {
                var request = filter.Clone();
                (request.PageSize, request.PageToken) = (size, token);
                var page = await services.ApiKeys.ListApiKeysAsync(request, cancellationToken: cancellationToken);
                return (page.ApiKeys, page.NextPageToken);
            });

            invocation.Answer.Write(new Listed([.. keys.Select(ApiKeyView.Of)]), list => Table.Rows(
                "No API keys.",
                ["Name", "Id", "Key", "Owner", "State", "Scopes", "Made", "Ends", "Last used"],
                list.ApiKeys.Select(key => new[]
                {
                    key.Name, key.ApiKeyId, key.DisplayPrefix, key.OwnerId, ApiKeyView.StateName(key.State), Text.List(key.Scopes), Text.Time(key.CreatedAt), Text.Time(key.ExpiresAt), Text.Time(key.LastUsedAt),
                })));
        });
    }

    private sealed record Listed(IReadOnlyList<ApiKeyView> ApiKeys);
}
