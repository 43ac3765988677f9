using System.CommandLine;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure organizations</c>: manages organizations and who belongs to them.</summary>
internal static class OrganizationCommands
{
    public static Command Create(CommandRunner runner) => new("organizations", "Manage organizations and who belongs to them.")
    {
        Make(runner), Get(runner), List(runner), Update(runner), Delete(runner), MemberCommands.Create(runner),
    };

    private static Command Make(CommandRunner runner)
    {
        var name = new Argument<string>("name") { Description = "What to call it: lower-case letters, digits, - _ and ., at most 64. It stays." };
        var displayName = new Option<string?>("--display-name") { HelpName = "TEXT", Description = "How people see it, at most 100 characters. Default: the name." };
        var administrator = new Option<string?>("--administrator") { HelpName = "USER", Description = "Who becomes its first member and administrator. Default: you." };
        var dryRun = new DryRunOptions();
        var command = new Command("create", "Make an organization.") { name, displayName, administrator };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new CreateOrganizationRequest
            {
                Name = invocation.Arguments.GetRequiredValue(name),
                DisplayName = invocation.Arguments.GetValue(displayName) ?? invocation.Arguments.GetRequiredValue(name),
                Administrator = invocation.Arguments.GetValue(administrator) is { } user ? await Principals.FindUserAsync(services, user, cancellationToken) : null,
                DryRun = await dryRun.ReadAsync(invocation, services, organizationId: "", cancellationToken),
            };
            var response = await services.Organizations.CreateOrganizationAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(
                invocation.Answer, response.DryRunResult, response.Revision, () => OrganizationView.Of(response.Organization), OrganizationView.ForPeople);
        });
    }

    private static Command Get(CommandRunner runner)
    {
        var organization = Organizations.Argument();
        return runner.On(new Command("get", "Show an organization.") { organization }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(services, invocation.Arguments.GetRequiredValue(organization), cancellationToken);
            var response = await services.Organizations.GetOrganizationAsync(new GetOrganizationRequest { OrganizationId = id }, cancellationToken: cancellationToken);
            invocation.Answer.Write(OrganizationView.Of(response.Organization), OrganizationView.ForPeople);
        });
    }

    private static Command List(CommandRunner runner)
    {
        var limit = Pages.Limit();
        return runner.On(new Command("list", "List the organizations that you can see, the oldest first.") { limit }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var organizations = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                var page = await services.Organizations.ListOrganizationsAsync(
                    new ListOrganizationsRequest { PageSize = size, PageToken = token }, cancellationToken: cancellationToken);
                return (page.Organizations, page.NextPageToken);
            });

            invocation.Answer.Write(new OrganizationList([.. organizations.Select(OrganizationView.Of)]), list => Table.Rows(
                "No organizations.",
                ["Name", "Displayed as", "Id", "Made"],
                list.Organizations.Select(one => new[] { one.Name, one.DisplayName, one.OrganizationId, Text.Time(one.CreatedAt) })));
        });
    }

    private static Command Update(CommandRunner runner)
    {
        var organization = Organizations.Argument();
        var displayName = new Option<string>("--display-name") { HelpName = "TEXT", Description = "How people see it, at most 100 characters.", Required = true };
        var dryRun = new DryRunOptions();
        var command = new Command("update", "Change how an organization is displayed.") { organization, displayName };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(services, invocation.Arguments.GetRequiredValue(organization), cancellationToken);
            var request = new UpdateOrganizationRequest
            {
                OrganizationId = id,
                DisplayName = invocation.Arguments.GetRequiredValue(displayName),
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Organizations.UpdateOrganizationAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(
                invocation.Answer, response.DryRunResult, response.Revision, () => OrganizationView.Of(response.Organization), OrganizationView.ForPeople);
        });
    }

    private static Command Delete(CommandRunner runner)
    {
        var organization = Organizations.Argument();
        var dryRun = new DryRunOptions();
        var command = new Command("delete", "Delete an organization with its members, assignments and grants. It must have no resources and roles of its own.") { organization };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var typed = invocation.Arguments.GetRequiredValue(organization);
            var id = await Organizations.FindAsync(services, typed, cancellationToken);
            var request = new DeleteOrganizationRequest { OrganizationId = id, DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken) };
            var response = await services.Organizations.DeleteOrganizationAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(
                invocation.Answer, response.DryRunResult, response.Revision, () => new Deleted(id), _ => Text.OneLine($"{typed} is deleted."));
        });
    }

    private sealed record OrganizationList(IReadOnlyList<OrganizationView> Organizations);

    private sealed record Deleted(string OrganizationId);
}
