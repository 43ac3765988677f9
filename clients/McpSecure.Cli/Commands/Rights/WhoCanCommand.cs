using System.CommandLine;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure who-can</c>: lists everybody who may do something.</summary>
internal static class WhoCanCommand
{
    public static Command Create(CommandRunner runner)
    {
        var target = new Argument<ResourceAction?>("permission")
        {
            Description = "The resource, which need not be registered, and the action, for example servers/weather:delete.",
            CustomParser = ResourceAction.Parse,
        };
        var secondFactor = new Option<bool>("--second-factor") { Description = "List those too who need a recent second factor for it." };
        var (organization, atLeast, limit) = (Organizations.Option("the platform"), QuestionOptions.AtLeastRevision(), Pages.Limit());
        var command = new Command("who-can", "List who may do something: users, API keys and services.") { target, organization, secondFactor, atLeast, limit };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var about = invocation.Arguments.GetRequiredValue(target)!;
            var asked = new ListAllowedPrincipalsRequest
            {
                Resource = about.Resource,
                Action = about.Action,
                OrganizationId = await Organizations.FindAsync(invocation, services, organization, cancellationToken),
                SecondFactor = invocation.Arguments.GetValue(secondFactor),
                AtLeastRevision = invocation.Arguments.GetValue(atLeast) ?? "",
            };
            var principals = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                (asked.PageSize, asked.PageToken) = (size, token);
                var page = await services.Decisions.ListAllowedPrincipalsAsync(asked, cancellationToken: cancellationToken);
                return (page.Principals, page.NextPageToken);
            });

            var allowed = new Allowed(
                asked.Resource, asked.Action, Text.Given(asked.OrganizationId), [.. principals.Select(one => new AllowedPrincipal(one.Type, one.Id))]);
            invocation.Answer.Write(allowed, list => Table.Rows(
                "Nobody.", ["Who"], list.Principals.Select(one => new[] { Principals.Write(one.PrincipalType, one.PrincipalId) })));
        });
    }

    private sealed record Allowed(string Resource, string Action, string? OrganizationId, IReadOnlyList<AllowedPrincipal> Principals);

    private sealed record AllowedPrincipal(PrincipalType PrincipalType, string PrincipalId);
}
