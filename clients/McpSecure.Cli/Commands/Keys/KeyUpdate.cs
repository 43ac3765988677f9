using System.CommandLine;
using System.CommandLine.Parsing;
using McpSecure.ApiKey.V1;
using Timestamp = Google.Protobuf.WellKnownTypes.Timestamp;

namespace McpSecure.Cli.Commands;

/// <summary>
/// <c>mcpsecure keys update</c>: sets the fields whose options are given, each as a whole, and empties those that <c>--clear</c> names; others
/// are not looked at, so that two who change different fields do not undo each other's change.
/// </summary>
internal static class KeyUpdate
{
    public static Command Create(CommandRunner runner)
    {
        var id = KeyOptions.Id();
        var name = new Option<string?>("--name") { HelpName = "NAME", Description = "What to call it, 1 to 100 characters." };
        var scopes = KeyOptions.Scopes(required: false);
        var expires = new Option<DateTimeOffset?>("--expires-at") { HelpName = "TIME", Description = "When it ends by itself, for example 2027-01-31T08:00Z.", CustomParser = Times.Parse };
        var options = new KeyOptions();

        var fields = new (Option Option, string Field)[]
        {
            (name, "name"), (scopes, "scopes"), (options.Permissions, "permissions"), (expires, "expires_at"),
            (options.Networks, "allowed_networks"), (options.Rate, "rate_limit"), (options.Metadata, "metadata"),
        };
        var clearable = fields.Where(one => one.Option != name && one.Option != scopes).ToDictionary(one => one.Option.Name[2..], StringComparer.Ordinal);
        var clear = new Option<string[]>("--clear") { HelpName = "WHAT", Description = $"What it shall have no more: {string.Join(' ', clearable.Keys)}. Once for each." };
        clear.AcceptOnlyFromAmong([.. clearable.Keys]);

        var command = new Command("update", "Change an API key; what is given replaces what it had, the rest stays.") { id, name, scopes, expires };
        options.AddTo(command);
        command.Add(clear);
        command.Validators.Add(Check);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var arguments = invocation.Arguments;
            var cleared = (arguments.GetValue(clear) ?? []).Select(one => clearable[one].Field);
            var request = new UpdateApiKeyRequest
            {
                ApiKeyId = arguments.GetRequiredValue(id),
                UpdateMask = { fields.Where(one => arguments.GetResult(one.Option) is not null).Select(one => one.Field).Union(cleared, StringComparer.Ordinal) },
                Name = arguments.GetValue(name) ?? "",
                Scopes = { arguments.GetValue(scopes) ?? [] },
                Permissions = { options.ReadPermissions(arguments) },
                AllowedNetworks = { options.ReadNetworks(arguments) },
                RateLimit = options.ReadRate(arguments),
                ExpiresAt = arguments.GetValue(expires) is { } time ? Timestamp.FromDateTimeOffset(time) : null,
            };
            request.Metadata.Add(options.ReadMetadata(arguments));

            var response = await invocation.ConnectAsUser().ApiKeys.UpdateApiKeyAsync(request, cancellationToken: cancellationToken);
            ApiKeyView.Write(invocation, response.ApiKey);
        });

        void Check(CommandResult result)
        {
            if (result.GetResult(clear) is null && fields.All(one => result.GetResult(one.Option) is null))
            {
                result.AddError("Name a change.");
            }

            foreach (var word in result.GetResult(clear)?.Tokens.Select(token => token.Value) ?? [])
            {
                if (clearable.TryGetValue(word, out var one) && result.GetResult(one.Option) is not null)
                {
                    result.AddError($"{one.Option.Name} and --clear {word} exclude each other.");
                }
            }
        }
    }
}
