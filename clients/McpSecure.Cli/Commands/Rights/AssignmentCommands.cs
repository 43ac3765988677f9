using System.CommandLine;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Commands of <c>mcpsecure roles</c> that say who holds a role, where, and until when.</summary>
internal static class AssignmentCommands
{
    public static Command Assign(CommandRunner runner)
    {
        var (principal, role) = (Principals.Argument(), RoleCommands.RoleArgument());
        var (organization, subtree, expires, dryRun) = (Organizations.Option("everywhere"), Subtree(), Expiry.Option(), new DryRunOptions());
        var command = new Command("assign", "Give a role to somebody. One that he holds already stays as it is; another --expires changes when it ends.")
        {
            principal, role, organization, subtree, expires,
        };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(invocation, services, organization, cancellationToken);
            var request = new AssignRoleRequest
            {
                Principal = await Principals.FindAsync(services, invocation.Arguments.GetRequiredValue(principal), cancellationToken),
                Role = invocation.Arguments.GetRequiredValue(role),
                OrganizationId = id,
                Subtree = invocation.Arguments.GetValue(subtree) ?? "",
                ExpiresAt = Expiry.Read(invocation, expires),
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Roles.AssignRoleAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(
                invocation.Answer, response.DryRunResult, response.Revision, () => AssignmentView.Of(response.Assignment), AssignmentView.ForPeople);
        });
    }

    public static Command Unassign(CommandRunner runner)
    {
        var (principal, role) = (Principals.Argument(), RoleCommands.RoleArgument());
        var (organization, subtree, dryRun) = (Organizations.Option("the role that counts everywhere"), Subtree(), new DryRunOptions());
        var command = new Command("unassign", "Take a role from somebody, where --organization and --subtree say as they did when it was given.")
        {
            principal, role, organization, subtree,
        };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(invocation, services, organization, cancellationToken);
            var taken = new UnassignRoleRequest
            {
                Principal = await Principals.FindAsync(services, invocation.Arguments.GetRequiredValue(principal), cancellationToken),
                Role = invocation.Arguments.GetRequiredValue(role),
                OrganizationId = id,
                Subtree = invocation.Arguments.GetValue(subtree) ?? "",
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Roles.UnassignRoleAsync(taken, cancellationToken: cancellationToken);
            ChangeAnswer.Write(
                invocation.Answer,
                response.DryRunResult,
                response.Revision,
                () => new Unassigned(taken.Principal.Type, taken.Principal.Id, taken.Role, Text.Given(id), Text.Given(taken.Subtree)),
                done => Text.OneLine($"{done.Role} is taken from {Principals.Write(done.PrincipalType, done.PrincipalId)}."));
        });
    }

    public static Command List(CommandRunner runner)
    {
        var (principal, all) = (Principals.OptionalArgument(), Everybody.Option());
        var (organization, limit) = (Organizations.Option("what counts everywhere"), Pages.Limit());
        var role = new Option<string?>("--role") { HelpName = "ROLE", Description = "Only of this role." };
        var command = new Command("assignments", "List the roles that somebody holds.") { principal, all, organization, role, limit };
        Everybody.Exclude(command, all, principal);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser(out var session);
            var asked = new ListRoleAssignmentsRequest
            {
                Principal = await Everybody.FindAsync(invocation, services, session, all, principal, cancellationToken),
                OrganizationId = await Organizations.FindAsync(invocation, services, organization, cancellationToken),
                Role = invocation.Arguments.GetValue(role) ?? "",
            };
            var held = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                (asked.PageSize, asked.PageToken) = (size, token);
                var page = await services.Roles.ListRoleAssignmentsAsync(asked, cancellationToken: cancellationToken);
                return (page.Assignments, page.NextPageToken);
            });

            invocation.Answer.Write(new AssignmentList([.. held.Select(AssignmentView.Of)]), list => Table.Rows(
                "No roles.",
                ["Who", "Role", "Organization", "Below", "Since", "Ends"],
                list.Assignments.Select(one => new[]
                {
                    Principals.Write(one.PrincipalType, one.PrincipalId), one.Role, one.OrganizationId ?? "everywhere", one.Subtree ?? "",
                    Text.Time(one.AssignedAt), Text.Time(one.ExpiresAt),
                })));
        });
    }

    private static Option<string?> Subtree() => new("--subtree")
    {
        HelpName = "RESOURCE",
        Description = "The resource at and below which it counts, for example servers/weather. Default: all.",
    };

    private sealed record AssignmentList(IReadOnlyList<AssignmentView> Assignments);

    private sealed record AssignmentView(
        PrincipalType PrincipalType,
        string PrincipalId,
        string Role,
        string? OrganizationId,
        string? Subtree,
        DateTimeOffset AssignedAt,
        DateTimeOffset? ExpiresAt)
    {
        public static AssignmentView Of(RoleAssignment assignment) => new(
            assignment.Principal.Type,
            assignment.Principal.Id,
            assignment.Role,
            Text.Given(assignment.OrganizationId),
            Text.Given(assignment.Subtree),
            assignment.AssignedAt.ToDateTimeOffset(),
            assignment.ExpiresAt?.ToDateTimeOffset());

        public static string ForPeople(AssignmentView held) => Table.Details(
            ("Role", held.Role),
            ("Who", Principals.Write(held.PrincipalType, held.PrincipalId)),
            ("Organization", held.OrganizationId ?? "everywhere"),
            ("Below", held.Subtree ?? ""),
            ("Since", Text.Time(held.AssignedAt)),
            ("Ends", Text.Time(held.ExpiresAt)));
    }

    private sealed record Unassigned(PrincipalType PrincipalType, string PrincipalId, string Role, string? OrganizationId, string? Subtree);
}
