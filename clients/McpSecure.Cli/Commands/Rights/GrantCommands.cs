using System.CommandLine;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure grants</c>: rules that principals hold without a role.</summary>
internal static class GrantCommands
{
    public static Command Create(CommandRunner runner) => new("grants", "Manage what somebody may do, or not, without a role.")
    {
        Grant(runner), Revoke(runner), List(runner),
    };

    private static Command Grant(CommandRunner runner)
    {
        var principal = Principals.Argument();
        var rule = new Argument<Permission?>("rule")
        {
            Description = "Resource and action, patterns as in servers/*:read; with +mfa at its end it allows only with a recent second factor.",
            CustomParser = Rules.Parse,
        };
        var deny = new Option<bool>("--deny") { Description = "Deny it, whatever else allows it." };
        var (organization, expires, dryRun) = (Organizations.Option("everywhere"), Expiry.Option(), new DryRunOptions());
        var command = new Command("grant", "Allow or deny somebody something. The same rule is granted once; another --expires changes when it ends.")
        {
            principal, rule, deny, organization, expires,
        };
        dryRun.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(deny) is not null && result.GetValue(rule) is { RequiresSecondFactor: true })
            {
                result.AddError("What denies does so with and without a second factor: leave +mfa out.");
            }
        });

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(invocation, services, organization, cancellationToken);
            var permission = invocation.Arguments.GetRequiredValue(rule)!;
            permission.Effect = invocation.Arguments.GetValue(deny) ? Effect.Deny : Effect.Allow;
            var request = new GrantPermissionRequest
            {
                Principal = await Principals.FindAsync(services, invocation.Arguments.GetRequiredValue(principal), cancellationToken),
                OrganizationId = id,
                Permission = permission,
                ExpiresAt = Expiry.Read(invocation, expires),
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Grants.GrantPermissionAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(invocation.Answer, response.DryRunResult, response.Revision, () => GrantView.Of(response.Grant), GrantView.ForPeople);
        });
    }

    private static Command Revoke(CommandRunner runner)
    {
        var id = new Argument<string>("id") { Description = "The grant's id; `mcpsecure grants list` shows it." };
        var (organization, dryRun) = (Organizations.Option("the grant counts everywhere"), new DryRunOptions());
        var command = new Command("revoke", "Take a grant back.") { id, organization };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var place = await Organizations.FindAsync(invocation, services, organization, cancellationToken);
            var request = new RevokeGrantRequest
            {
                GrantId = invocation.Arguments.GetRequiredValue(id),
                OrganizationId = place,
                DryRun = await dryRun.ReadAsync(invocation, services, place, cancellationToken),
            };
            var response = await services.Grants.RevokeGrantAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(
                invocation.Answer,
                response.DryRunResult,
                response.Revision,
                () => new Revoked(request.GrantId, Text.Given(place)),
                gone => Text.OneLine($"The grant {gone.GrantId} is taken back."));
        });
    }

    private static Command List(CommandRunner runner)
    {
        var (principal, all) = (Principals.OptionalArgument(), Everybody.Option());
        var (organization, limit) = (Organizations.Option("what counts everywhere"), Pages.Limit());
        var command = new Command("list", "List grants, the oldest first.") { principal, all, organization, limit };
        Everybody.Exclude(command, all, principal);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser(out var session);
            var asked = new ListGrantsRequest
            {
                Principal = await Everybody.FindAsync(invocation, services, session, all, principal, cancellationToken),
                OrganizationId = await Organizations.FindAsync(invocation, services, organization, cancellationToken),
            };
            var grants = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                (asked.PageSize, asked.PageToken) = (size, token);
                var page = await services.Grants.ListGrantsAsync(asked, cancellationToken: cancellationToken);
                return (page.Grants, page.NextPageToken);
            });

            invocation.Answer.Write(new GrantList([.. grants.Select(GrantView.Of)]), list => Table.Rows(
                "No grants.",
                ["Id", "Who", "Effect", "Rule", "Organization", "Since", "Ends"],
                list.Grants.Select(grant => new[]
                {
                    grant.GrantId, Principals.Write(grant.PrincipalType, grant.PrincipalId), Rules.Name(grant.Permission.Effect), grant.Rule(),
                    grant.OrganizationId ?? "everywhere", Text.Time(grant.CreatedAt), Text.Time(grant.ExpiresAt),
                })));
        });
    }

    private sealed record GrantList(IReadOnlyList<GrantView> Grants);

    private sealed record GrantView(
        string GrantId,
        PrincipalType PrincipalType,
        string PrincipalId,
        string? OrganizationId,
        PermissionView Permission,
        DateTimeOffset CreatedAt,
        DateTimeOffset? ExpiresAt)
    {
        public static GrantView Of(Grant grant) => new(
            grant.GrantId,
            grant.Principal.Type,
            grant.Principal.Id,
            Text.Given(grant.OrganizationId),
            PermissionView.Of(grant.Permission),
            grant.CreatedAt.ToDateTimeOffset(),
            grant.ExpiresAt?.ToDateTimeOffset());

        public static string ForPeople(GrantView grant) => Table.Details(
            ("Id", grant.GrantId),
            ("Who", Principals.Write(grant.PrincipalType, grant.PrincipalId)),
            ("Effect", Rules.Name(grant.Permission.Effect)),
            ("Rule", grant.Rule()),
            ("Organization", grant.OrganizationId ?? "everywhere"),
            ("Since", Text.Time(grant.CreatedAt)),
            ("Ends", Text.Time(grant.ExpiresAt)));

        public string Rule() => Rules.Write(Permission.Resource, Permission.Action, Permission.RequiresSecondFactor);
    }

    private sealed record Revoked(string GrantId, string? OrganizationId);
}
