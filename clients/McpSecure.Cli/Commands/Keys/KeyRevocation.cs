using System.CommandLine;
using McpSecure.ApiKey.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary>Commands of <c>mcpsecure keys</c> that end keys for good: one, all of somebody, or one that was found where it should not be.</summary>
internal static class KeyRevocation
{
    public static Command Revoke(CommandRunner runner)
    {
        var id = new Argument<string?>("id") { Description = "The key's id; `mcpsecure keys list` shows it.", Arity = ArgumentArity.ZeroOrOne };
        var owner = GivenOption.Create("--all-of-owner", "USER", "All keys of this user, by name or id.");
        var organization = GivenOption.Create("--all-of-organization", "NAME", "All keys of this organization, by name or id.");
        var yes = new Option<bool>("--yes") { Description = "All of them are meant." };
        var command = new Command("revoke", "End an API key for good, or all keys of somebody.") { id, owner, organization, yes };

        // To leave the id out must not mean more than to give it.
        command.Validators.Add(result =>
        {
            var all = new Option[] { owner, organization }.Count(option => result.GetResult(option) is not null);
            if (all + (result.GetResult(id) is { Tokens.Count: > 0 } ? 1 : 0) != 1)
            {
                result.AddError("Give an id, --all-of-owner or --all-of-organization, one of them.");
            }
            else if (all > 0 && !result.GetValue(yes))
            {
                result.AddError("Nothing brings the keys back: add --yes if all of them are meant.");
            }
        });

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            if (invocation.Arguments.GetValue(owner) is { } user)
            {
                var ownerId = (await Principals.FindUserAsync(services, user, cancellationToken)).Id;
                var response = await services.ApiKeys.RevokeOwnerKeysAsync(new() { OwnerId = ownerId }, cancellationToken: cancellationToken);
                invocation.Answer.Write(new AllRevoked(ownerId, OrganizationId: null, response.Revoked), AllRevoked.ForPeople);
            }
            else if (invocation.Arguments.GetValue(organization) is { } whose)
            {
                var organizationId = await Organizations.FindAsync(services, whose, cancellationToken);
                var response = await services.ApiKeys.RevokeOrganizationKeysAsync(new() { OrganizationId = organizationId }, cancellationToken: cancellationToken);
                invocation.Answer.Write(new AllRevoked(OwnerId: null, organizationId, response.Revoked), AllRevoked.ForPeople);
            }
            else
            {
                var response = await services.ApiKeys.RevokeApiKeyAsync(new() { ApiKeyId = invocation.Arguments.GetValue(id) }, cancellationToken: cancellationToken);
                ApiKeyView.Write(invocation, response.ApiKey);
            }
        });
    }

    public static Command ReportLeak(CommandRunner runner)
    {
        var key = new SecretOption("key", "the API key that was found");
        var id = GivenOption.Create("--id", "ID", "The key by its id instead, for who may revoke it.");
        var where = new Option<string?>("--found-at") { HelpName = "TEXT", Description = "Where it was found, at most 256 characters." };
        var command = new Command("report-leak", "End an API key that somebody has who should not, and alarm. With the key itself nobody signs in.");
        key.AddTo(command);
        command.Add(id);
        command.Add(where);
        command.Validators.Add(result =>
        {
            if (result.GetResult(id) is not null && key.IsNamed(result))
            {
                result.AddError("--id and an API key exclude each other.");
            }
        });

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var request = new ReportLeakedKeyRequest { FoundAt = invocation.Arguments.GetValue(where) ?? "" };
            Services services;
            if (invocation.Arguments.GetValue(id) is { } known)
            {
                request.ApiKeyId = known;
                services = invocation.ConnectAsUser();
            }
            else
            {
                request.Secret = key.Read(invocation).Reveal();
                services = invocation.ConnectAsWorkload();
            }

            var response = await services.ApiKeys.ReportLeakedKeyAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(
                new Leaked(response.ApiKeyId, response.RevokedAt.ToDateTimeOffset()),
                one => Table.Details(("Id", one.ApiKeyId), ("Revoked", Text.Time(one.RevokedAt))));
        });
    }

    private sealed record AllRevoked(string? OwnerId, string? OrganizationId, int Revoked)
    {
        public static string ForPeople(AllRevoked all) => Text.OneLine($"Keys of {all.OwnerId ?? all.OrganizationId} that were revoked: {all.Revoked}.");
    }

    private sealed record Leaked(string ApiKeyId, DateTimeOffset RevokedAt);
}
