using System.CommandLine;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure roles</c>: shows roles, defines those of organizations, and says who holds them.</summary>
internal static class RoleCommands
{
    public static Command Create(CommandRunner runner) => new("roles", "Show and define roles, and manage who holds them.")
    {
        List(runner), Get(runner), Make(runner), Update(runner), Delete(runner),
        AssignmentCommands.Assign(runner), AssignmentCommands.Unassign(runner), AssignmentCommands.List(runner),
    };

    /// <summary>Makes the argument that names a role.</summary>
    public static Argument<string> RoleArgument() => new("role") { Description = "The role's name; `mcpsecure roles list` shows them." };

    private static Command List(CommandRunner runner)
    {
        var (organization, limit) = (Organizations.Option("the built-in roles alone"), Pages.Limit());
        return runner.On(new Command("list", "List the roles with what they allow.") { organization, limit }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(invocation, services, organization, cancellationToken);
            var roles = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                var page = await services.Roles.ListRolesAsync(
                    new ListRolesRequest { OrganizationId = id, PageSize = size, PageToken = token }, cancellationToken: cancellationToken);
                return (page.Roles, page.NextPageToken);
            });

            invocation.Answer.Write(new RoleList([.. roles.Select(RoleView.Of)]), list => Table.Rows(
                "No roles.",
                ["Role", "Built in", "Allows", "Includes", "For"],
                list.Roles.Select(role => new[]
                {
                    role.Name ?? "", Text.YesNo(role.BuiltIn), role.RulesInOneLine(), Text.List(role.Includes ?? []), role.Description ?? "",
                })));
        });
    }

    private static Command Get(CommandRunner runner)
    {
        var (role, organization) = (RoleArgument(), Organizations.Option("none, for a built-in role"));
        return runner.On(new Command("get", "Show a role.") { role, organization }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new GetRoleRequest
            {
                Name = invocation.Arguments.GetRequiredValue(role),
                OrganizationId = await Organizations.FindAsync(invocation, services, organization, cancellationToken),
            };
            var response = await services.Roles.GetRoleAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(RoleView.Of(response.Role), RoleView.ForPeople);
        });
    }

    private static Command Make(CommandRunner runner)
    {
        var name = new Argument<string>("role") { Description = "What to call it: lower-case letters, digits, - _ and ., at most 64." };
        var (organization, definition, dryRun) = (Organizations.RequiredOption(), new RoleDefinitionOptions(), new DryRunOptions());
        var command = new Command("create", "Make a role of an organization.") { name, organization };
        definition.AddTo(command);
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var said = definition.IsWhole(invocation)
                ? (await definition.ReadFileAsync(invocation, cancellationToken)).Definition
                : definition.Read(invocation, before: null);
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(invocation, services, organization, cancellationToken);
            var request = new CreateRoleRequest
            {
                OrganizationId = id,
                Name = invocation.Arguments.GetRequiredValue(name),
                Definition = said,
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Roles.CreateRoleAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(invocation.Answer, response.DryRunResult, response.Revision, () => RoleView.Of(response.Role), RoleView.ForPeople);
        });
    }

    private static Command Update(CommandRunner runner)
    {
        var (role, organization, definition, revision, dryRun) =
            (RoleArgument(), Organizations.RequiredOption(), new RoleDefinitionOptions(), RevisionOption("the file's, else what it is now"), new DryRunOptions());
        var command = new Command("update", "Change a role for all who hold it. --allow replaces what it allows, --deny what it denies, --include what it includes; the rest stays.")
        {
            role, organization, revision,
        };
        definition.AddTo(command);
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var whole = definition.IsWhole(invocation) ? await definition.ReadFileAsync(invocation, cancellationToken) : default;
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(invocation, services, organization, cancellationToken);
            var name = invocation.Arguments.GetRequiredValue(role);
            var before = await ReadAsync(services, name, id, cancellationToken);
            var request = new UpdateRoleRequest
            {
                OrganizationId = id,
                Name = name,
                Definition = whole.Definition ?? definition.Read(invocation, before),
                ExpectedRevision = invocation.Arguments.GetValue(revision) ?? (whole.Revision is { Length: > 0 } read ? read : before.Revision),
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Roles.UpdateRoleAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(invocation.Answer, response.DryRunResult, response.Revision, () => RoleView.Of(response.Role), RoleView.ForPeople);
        });
    }

    private static Command Delete(CommandRunner runner)
    {
        var (role, organization, revision, dryRun) = (RoleArgument(), Organizations.RequiredOption(), RevisionOption("whatever it is now"), new DryRunOptions());
        var command = new Command("delete", "Delete a role of an organization that nobody holds and no other role includes.") { role, organization, revision };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(invocation, services, organization, cancellationToken);
            var request = new DeleteRoleRequest
            {
                OrganizationId = id,
                Name = invocation.Arguments.GetRequiredValue(role),
                ExpectedRevision = invocation.Arguments.GetValue(revision) ?? "",
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Roles.DeleteRoleAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(
                invocation.Answer, response.DryRunResult, response.Revision, () => new Deleted(id, request.Name), gone => Text.OneLine($"{gone.Role} is deleted."));
        });
    }

    // A built-in role has no revision: without this, the service would be asked with an empty one, and name that.
    private static async Task<Role> ReadAsync(Services services, string name, string organizationId, CancellationToken cancellationToken)
    {
        var read = await services.Roles.GetRoleAsync(new GetRoleRequest { Name = name, OrganizationId = organizationId }, cancellationToken: cancellationToken);
        return read.Role.BuiltIn
            ? throw new CommandFailure(
                ExitCode.Conflict, RemoteError.NameOf(ErrorReason.RoleBuiltIn), "Built-in roles are not changed.", Hints.For(ErrorReason.RoleBuiltIn))
            : read.Role;
    }

    private static Option<string?> RevisionOption(string otherwise) => new("--revision")
    {
        HelpName = "REVISION",
        Description = $"Only if the role is still as it was read, with this revision. Default: {otherwise}.",
    };

    private sealed record RoleList(IReadOnlyList<RoleView> Roles);

    private sealed record Deleted(string OrganizationId, string Role);
}
