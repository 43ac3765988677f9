using System.CommandLine;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure resources allowed</c>: lists the registered resources on which somebody may do something.</summary>
internal static class AllowedResourcesCommand
{
    public static Command Create(CommandRunner runner)
    {
        var action = new Argument<string>("action") { Description = "What to do there, for example read." };
        var prefix = new Option<string?>("--prefix") { HelpName = "PATH", Description = "Only paths that begin so, for example servers/." };
        var (principal, options, limit) = (Principals.OptionalArgument(), new QuestionOptions("the platform"), Pages.Limit());
        var command = new Command("allowed", "List the registered resources on which somebody may do something, by path.") { action, principal, prefix, limit };
        options.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser(out var session);
            var question = await options.ReadAsync(invocation, services, cancellationToken);
            var asked = new ListAllowedResourcesRequest
            {
                Principal = await Principals.FindAsync(services, invocation.Arguments.GetValue(principal) ?? session.UserId, cancellationToken),
                Action = invocation.Arguments.GetRequiredValue(action),
                OrganizationId = question.OrganizationId,
                ResourcePrefix = invocation.Arguments.GetValue(prefix) ?? "",
                Scopes = { question.Scopes },
                SecondFactor = question.SecondFactor,
                NarrowedTo = { question.NarrowedTo },
                AtLeastRevision = options.Revision(invocation),
            };
            var resources = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                (asked.PageSize, asked.PageToken) = (size, token);
                var page = await services.Decisions.ListAllowedResourcesAsync(asked, cancellationToken: cancellationToken);
                return (page.Resources, page.NextPageToken);
            });

            var allowed = new Allowed(asked.Principal.Type, asked.Principal.Id, Text.Given(asked.OrganizationId), asked.Action, resources);
            invocation.Answer.Write(allowed, list => Table.Rows("No resources.", ["Resource"], list.Resources.Select(one => new[] { one })));
        });
    }

    private sealed record Allowed(PrincipalType PrincipalType, string PrincipalId, string? OrganizationId, string Action, IReadOnlyList<string> Resources);
}
