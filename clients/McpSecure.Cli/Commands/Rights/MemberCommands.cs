using System.CommandLine;
using System.Text.Json.Serialization;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure organizations members</c>: says who belongs to an organization.</summary>
internal static class MemberCommands
{
    public static Command Create(CommandRunner runner) => new("members", "Manage who belongs to an organization.") { Add(runner), Remove(runner), List(runner) };

    private static Command Add(CommandRunner runner)
    {
        var (organization, principal, dryRun) = (Organizations.Argument(), Principals.Argument(), new DryRunOptions());
        var command = new Command("add", "Make somebody a member. By itself this gives no right; who is one already stays one.") { organization, principal };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(services, invocation.Arguments.GetRequiredValue(organization), cancellationToken);
            var request = new AddMemberRequest
            {
                OrganizationId = id,
                Principal = await Principals.FindAsync(services, invocation.Arguments.GetRequiredValue(principal), cancellationToken),
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Organizations.AddMemberAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(
                invocation.Answer,
                response.DryRunResult,
                response.Revision,
                () => MemberView.Of(response.Member),
                member => Table.Details(("Member", member.Typed), ("Since", Text.Time(member.JoinedAt))));
        });
    }

    private static Command Remove(CommandRunner runner)
    {
        var (organization, principal, dryRun) = (Organizations.Argument(), Principals.Argument(), new DryRunOptions());
        var command = new Command("remove", "End a membership, and with it the roles and grants held there. Members may leave.") { organization, principal };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var (organizationTyped, typed) = (invocation.Arguments.GetRequiredValue(organization), invocation.Arguments.GetRequiredValue(principal));
            var id = await Organizations.FindAsync(services, organizationTyped, cancellationToken);
            var request = new RemoveMemberRequest
            {
                OrganizationId = id,
                Principal = await Principals.FindAsync(services, typed, cancellationToken),
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Organizations.RemoveMemberAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(
                invocation.Answer,
                response.DryRunResult,
                response.Revision,
                () => new Removed(id, request.Principal.Type, request.Principal.Id),
                _ => Text.OneLine($"{typed} is no member of {organizationTyped} any more."));
        });
    }

    private static Command List(CommandRunner runner)
    {
        var (organization, limit) = (Organizations.Argument(), Pages.Limit());
        return runner.On(new Command("list", "List the members of an organization.") { organization, limit }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(services, invocation.Arguments.GetRequiredValue(organization), cancellationToken);
            var members = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                var page = await services.Organizations.ListMembersAsync(
                    new ListMembersRequest { OrganizationId = id, PageSize = size, PageToken = token }, cancellationToken: cancellationToken);
                return (page.Members, page.NextPageToken);
            });

            invocation.Answer.Write(new MemberList([.. members.Select(MemberView.Of)]), list => Table.Rows(
                "No members.", ["Member", "Since"], list.Members.Select(member => new[] { member.Typed, Text.Time(member.JoinedAt) })));
        });
    }

    private sealed record MemberList(IReadOnlyList<MemberView> Members);

    private sealed record MemberView(PrincipalType PrincipalType, string PrincipalId, DateTimeOffset JoinedAt)
    {
        public static MemberView Of(Member member) => new(member.Principal.Type, member.Principal.Id, member.JoinedAt.ToDateTimeOffset());

        [JsonIgnore]
        public string Typed => Principals.Write(PrincipalType, PrincipalId);
    }

    private sealed record Removed(string OrganizationId, PrincipalType PrincipalType, string PrincipalId);
}
