using System.CommandLine;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure resources</c>: says who owns which resource.</summary>
internal static class ResourceCommands
{
    public static Command Create(CommandRunner runner) => new("resources", "Manage who owns which resource; an owner may do everything on it and below.")
    {
        Register(runner), Get(runner), List(runner), AllowedResourcesCommand.Create(runner), Transfer(runner), Unregister(runner),
    };

    private static Command Register(CommandRunner runner)
    {
        var owner = Principals.Option("--owner", "PRINCIPAL", "Whose it is: a user's name or id, api-key:<id> or service:<name>. Default: you.");
        var (resource, organization, dryRun) = (Resource(), Organizations.Option("the platform"), new DryRunOptions());
        var command = new Command("register", "Register a resource and its owner. What is his already stays as it is.") { resource, owner, organization };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(invocation, services, organization, cancellationToken);
            var request = new RegisterResourceRequest
            {
                Resource = invocation.Arguments.GetRequiredValue(resource),
                OrganizationId = id,
                Owner = invocation.Arguments.GetValue(owner) is { } typed ? await Principals.FindAsync(services, typed, cancellationToken) : null,
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Resources.RegisterResourceAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(invocation.Answer, response.DryRunResult, response.Revision, () => ResourceView.Of(response.Resource), ResourceView.ForPeople);
        });
    }

    private static Command Get(CommandRunner runner)
    {
        var (resource, organization) = (Resource(), Organizations.Option("the platform"));
        return runner.On(new Command("get", "Show whose a resource is.") { resource, organization }, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var request = new GetResourceRequest
            {
                Resource = invocation.Arguments.GetRequiredValue(resource),
                OrganizationId = await Organizations.FindAsync(invocation, services, organization, cancellationToken),
            };
            var response = await services.Resources.GetResourceAsync(request, cancellationToken: cancellationToken);
            invocation.Answer.Write(ResourceView.Of(response.Resource), ResourceView.ForPeople);
        });
    }

    private static Command List(CommandRunner runner)
    {
        var (principal, all) = (Principals.OptionalArgument(), Everybody.Option());
        var (organization, limit) = (Organizations.Option("the platform"), Pages.Limit());
        var command = new Command("list", "List the resources that somebody owns, by path.") { principal, all, organization, limit };
        Everybody.Exclude(command, all, principal);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser(out var session);
            var asked = new ListResourcesRequest
            {
                Owner = await Everybody.FindAsync(invocation, services, session, all, principal, cancellationToken),
                OrganizationId = await Organizations.FindAsync(invocation, services, organization, cancellationToken),
            };
            var resources = await Pages.ReadAsync(invocation.Arguments.GetValue(limit), async (size, token) =>
            {
                (asked.PageSize, asked.PageToken) = (size, token);
                var page = await services.Resources.ListResourcesAsync(asked, cancellationToken: cancellationToken);
                return (page.Resources, page.NextPageToken);
            });

            invocation.Answer.Write(new ResourceList([.. resources.Select(ResourceView.Of)]), list => Table.Rows(
                "No resources.",
                ["Resource", "Organization", "Owner", "Since"],
                list.Resources.Select(one => new[]
                {
                    one.Resource, one.OrganizationId ?? "platform", Principals.Write(one.OwnerType, one.OwnerId), Text.Time(one.RegisteredAt),
                })));
        });
    }

    private static Command Transfer(CommandRunner runner)
    {
        var (resource, principal, organization, dryRun) = (Resource(), Principals.Argument("owner"), Organizations.Option("the platform"), new DryRunOptions());
        var command = new Command("transfer", "Give a resource to another owner.") { resource, principal, organization };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(invocation, services, organization, cancellationToken);
            var request = new TransferResourceRequest
            {
                Resource = invocation.Arguments.GetRequiredValue(resource),
                OrganizationId = id,
                Owner = await Principals.FindAsync(services, invocation.Arguments.GetRequiredValue(principal), cancellationToken),
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Resources.TransferResourceAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(invocation.Answer, response.DryRunResult, response.Revision, () => ResourceView.Of(response.Resource), ResourceView.ForPeople);
        });
    }

    private static Command Unregister(CommandRunner runner)
    {
        var (resource, organization, dryRun) = (Resource(), Organizations.Option("the platform"), new DryRunOptions());
        var command = new Command("unregister", "End that somebody owns a resource.") { resource, organization };
        dryRun.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var id = await Organizations.FindAsync(invocation, services, organization, cancellationToken);
            var request = new UnregisterResourceRequest
            {
                Resource = invocation.Arguments.GetRequiredValue(resource),
                OrganizationId = id,
                DryRun = await dryRun.ReadAsync(invocation, services, id, cancellationToken),
            };
            var response = await services.Resources.UnregisterResourceAsync(request, cancellationToken: cancellationToken);
            ChangeAnswer.Write(
                invocation.Answer,
                response.DryRunResult,
                response.Revision,
                () => new Unregistered(request.Resource, Text.Given(id)),
                gone => Text.OneLine($"Nobody owns {gone.Resource} now."));
        });
    }

    private static Argument<string> Resource() => new("resource") { Description = "The path, of two segments or more, for example servers/weather." };

    private sealed record ResourceList(IReadOnlyList<ResourceView> Resources);

    private sealed record ResourceView(string Resource, string? OrganizationId, PrincipalType OwnerType, string OwnerId, DateTimeOffset RegisteredAt)
    {
        public static ResourceView Of(Resource resource) => new(
            resource.Resource_, Text.Given(resource.OrganizationId), resource.Owner.Type, resource.Owner.Id, resource.RegisteredAt.ToDateTimeOffset());

        public static string ForPeople(ResourceView resource) => Table.Details(
            ("Resource", resource.Resource),
            ("Organization", resource.OrganizationId ?? "platform"),
            ("Owner", Principals.Write(resource.OwnerType, resource.OwnerId)),
            ("Since", Text.Time(resource.RegisteredAt)));
    }

    private sealed record Unregistered(string Resource, string? OrganizationId);
}
