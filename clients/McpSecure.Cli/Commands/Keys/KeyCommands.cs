using System.CommandLine;
using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure keys</c>: manages API keys, one's own and, with the right to it, those of others.</summary>
internal static class KeyCommands
{
    public static Command Create(CommandRunner runner) => new("keys", "Manage API keys.")
    {
        Make(runner),
        KeyLifeCommands.Get(runner),
        KeyList.Create(runner),
        KeyUpdate.Create(runner),
        KeyLifeCommands.Disable(runner),
        KeyLifeCommands.Enable(runner),
        KeyLifeCommands.Rotate(runner),
        KeyRevocation.Revoke(runner),
        KeyRevocation.ReportLeak(runner),
        KeyImport.Create(runner),
        KeyUsage.Create(runner),
        KeyValidation.Create(runner),
    };

    private static Command Make(CommandRunner runner)
    {
        var name = new Argument<string>("name") { Description = "What to call it, 1 to 100 characters." };
        var scopes = KeyOptions.Scopes(required: true);
        var lifetime = Durations.Option("--lifetime", "How long it lives: 90s, 30m, 12h, 30d. Default: until revoked.");
        var owner = GivenOption.Create("--owner", "USER", "Whose it will be, by name or id. Default: who is signed in.");
        var organization = Organizations.Option("it belongs to none");
        var options = new KeyOptions();
        var secretOut = new SecretOutOption("the key");
        var command = new Command("create", "Make an API key and show it, this once.") { name, scopes, lifetime, owner, organization };
        options.AddTo(command);
        command.Add(secretOut.Option);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var arguments = invocation.Arguments;
            var request = new CreateApiKeyRequest
            {
                Name = arguments.GetRequiredValue(name),
                Scopes = { arguments.GetRequiredValue(scopes) },
                Lifetime = arguments.GetValue(lifetime) is { } time ? Duration.FromTimeSpan(time) : null,
                OwnerId = await KeyOptions.FindOwnerAsync(services, arguments.GetValue(owner), cancellationToken),
                OrganizationId = await Organizations.FindAsync(invocation, services, organization, cancellationToken),
                Permissions = { options.ReadPermissions(arguments) },
                AllowedNetworks = { options.ReadNetworks(arguments) },
                RateLimit = options.ReadRate(arguments),
            };
            request.Metadata.Add(options.ReadMetadata(arguments));

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

    private sealed record NewKey(ApiKeyView ApiKey, string? Secret, string? SecretFile);
}
