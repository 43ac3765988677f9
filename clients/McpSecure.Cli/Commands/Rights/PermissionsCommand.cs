using System.CommandLine;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure permissions</c>: shows every rule that counts for somebody, and where it comes from.</summary>
internal static class PermissionsCommand
{
    public static Command Create(CommandRunner runner)
    {
        var (principal, organization) = (Principals.OptionalArgument(), Organizations.Option("the platform"));
        var (atLeast, limit) = (QuestionOptions.AtLeastRevision(), Pages.Limit());
        var command = new Command("permissions", "List the rules that count for somebody, those that deny too: by roles, by grants, by what he owns.")
        {
            principal, organization, atLeast, limit,
        };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser(out var session);
            var asked = new ListPermissionsRequest
            {
                Principal = await Principals.FindAsync(services, invocation.Arguments.GetValue(principal) ?? session.UserId, cancellationToken),
                OrganizationId = await Organizations.FindAsync(invocation, services, organization, cancellationToken),
                AtLeastRevision = invocation.Arguments.GetValue(atLeast) ?? "",
            };
            var rules = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                (asked.PageSize, asked.PageToken) = (size, token);
                var page = await services.Decisions.ListPermissionsAsync(asked, cancellationToken: cancellationToken);
                return (page.Rules, page.NextPageToken);
            });

            var held = new HeldRules(
                asked.Principal.Type, asked.Principal.Id, Text.Given(asked.OrganizationId), [.. rules.Select(MatchedRuleView.Of)]);
            invocation.Answer.Write(held, list => Table.Rows("No rules: everything is denied.", MatchedRuleView.Headers, list.Rules.Select(rule => rule.Cells())));
        });
    }

    private sealed record HeldRules(PrincipalType PrincipalType, string PrincipalId, string? OrganizationId, IReadOnlyList<MatchedRuleView> Rules);
}
