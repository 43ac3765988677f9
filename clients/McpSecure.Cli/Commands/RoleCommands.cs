using System.CommandLine;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure roles</c>: shows roles and says who holds them.</summary>
internal static class RoleCommands
{
    public static Command Create(CommandRunner runner) =>
        new("roles", "Show roles and manage who holds them.") { List(runner), Assign(runner), Unassign(runner), Assignments(runner) };

    private static Command List(CommandRunner runner) =>
        runner.On(new Command("list", "List the roles with what they allow."), async (invocation, cancellationToken) =>
        {
            var response = await invocation.ConnectAsUser().Roles.ListRolesAsync(new ListRolesRequest(), cancellationToken: cancellationToken);
            invocation.Answer.Write(new RoleList([.. response.Roles.Select(RoleView.Of)]), list => Table.Rows(
                "No roles.",
                ["Role", "Allows", "For"],
                list.Roles.Select(role => new[]
                {
                    role.Name, Text.List(role.Permissions.Select(permission => $"{permission.Resource}:{permission.Action}")), role.Description,
                })));
        });

    private static Command Assign(CommandRunner runner)
    {
        var (user, role) = (UserArgument(), RoleArgument());
        return runner.On(new Command("assign", "Give a role to a user. A role that he holds already stays as it is.") { user, role }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var response = await services.Roles.AssignRoleAsync(
                new AssignRoleRequest
                {
                    Principal = await Principals.FindUserAsync(services, invocation.Arguments.GetRequiredValue(user), cancellationToken),
                    Role = invocation.Arguments.GetRequiredValue(role),
                },
                cancellationToken: cancellationToken);
            invocation.Answer.Write(AssignmentView.Of(response.Assignment), AssignmentView.ForPeople);
        });
    }

    private static Command Unassign(CommandRunner runner)
    {
        var (user, role) = (UserArgument(), RoleArgument());
        return runner.On(new Command("unassign", "Take a role from a user.") { user, role }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var taken = new UnassignRoleRequest
            {
                Principal = await Principals.FindUserAsync(services, invocation.Arguments.GetRequiredValue(user), cancellationToken),
                Role = invocation.Arguments.GetRequiredValue(role),
            };
            await services.Roles.UnassignRoleAsync(taken, cancellationToken: cancellationToken);
            invocation.Answer.Write(new Unassigned(taken.Principal.Id, taken.Role), done => Text.OneLine($"{done.Role} is taken from {done.PrincipalId}."));
        });
    }

    private static Command Assignments(CommandRunner runner)
    {
        var user = new Argument<string?>("user")
        {
            Description = "The user's name or id. Default: who is signed in.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        return runner.On(new Command("assignments", "List the roles that a user holds.") { user }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser(out var session);
            var response = await services.Roles.ListRoleAssignmentsAsync(
                new ListRoleAssignmentsRequest
                {
                    Principal = await Principals.FindUserAsync(services, invocation.Arguments.GetValue(user) ?? session.UserId, cancellationToken),
                },
                cancellationToken: cancellationToken);
            invocation.Answer.Write(new AssignmentList([.. response.Assignments.Select(AssignmentView.Of)]), list => Table.Rows(
                "No roles.", ["Role", "Since"], list.Assignments.Select(held => new[] { held.Role, Text.Time(held.AssignedAt) })));
        });
    }

    private static Argument<string> UserArgument() => new("user") { Description = "The user's name or id." };

    private static Argument<string> RoleArgument() => new("role") { Description = "The role's name; `mcpsecure roles list` shows them." };

    private sealed record RoleList(IReadOnlyList<RoleView> Roles);

    private sealed record RoleView(string Name, string Description, bool BuiltIn, IReadOnlyList<PermissionView> Permissions)
    {
        public static RoleView Of(Role role) => new(
            role.Name,
            role.Description,
            role.BuiltIn,
            [.. role.Permissions.Select(permission => new PermissionView(permission.ResourcePattern, permission.ActionPattern))]);
    }

    private sealed record PermissionView(string Resource, string Action);

    private sealed record AssignmentList(IReadOnlyList<AssignmentView> Assignments);

    private sealed record AssignmentView(string PrincipalId, string Role, DateTimeOffset AssignedAt)
    {
        public static AssignmentView Of(RoleAssignment assignment) =>
            new(assignment.Principal.Id, assignment.Role, assignment.AssignedAt.ToDateTimeOffset());

        public static string ForPeople(AssignmentView held) => Table.Details(
            ("Role", held.Role), ("User id", held.PrincipalId), ("Since", Text.Time(held.AssignedAt)));
    }

    private sealed record Unassigned(string PrincipalId, string Role);
}
