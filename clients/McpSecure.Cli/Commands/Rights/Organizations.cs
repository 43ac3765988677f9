using System.CommandLine;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Finds organizations by the name or the id that a person typed.</summary>
internal static class Organizations
{
    /// <summary>Makes the argument that names an organization.</summary>
    public static Argument<string> Argument() => new("organization") { Description = "The organization's name or id; `mcpsecure organizations list` shows them." };

    /// <summary>Makes the option that names an organization; <paramref name="otherwise"/> says what its absence means.</summary>
    public static Option<string?> Option(string otherwise) =>
        new("--organization") { HelpName = "NAME", Description = $"The organization, by name or id. Default: {otherwise}." };

    /// <summary>Makes the option where a command does nothing without it.</summary>
    public static Option<string?> RequiredOption() => new("--organization") { HelpName = "NAME", Description = "The organization, by name or id.", Required = true };

    /// <summary>Answers the id of the organization that an option names; empty where it is not given.</summary>
    public static async Task<string> FindAsync(Invocation invocation, Services services, Option<string?> option, CancellationToken cancellationToken) =>
        invocation.Arguments.GetValue(option) is { } typed ? await FindAsync(services, typed, cancellationToken) : "";

    /// <summary>Answers an organization's id. By name it is looked for among those that are shown to the user.</summary>
    /// <exception cref="CommandFailure">None that he can see has this name.</exception>
    public static async Task<string> FindAsync(Services services, string typed, CancellationToken cancellationToken)
    {
        if (Principals.IsId(typed))
        {
            return typed;
        }

        var all = await Pages.ReadAsync(limit: 0, async (size, token) =>
        {
            var page = await services.Organizations.ListOrganizationsAsync(
                new ListOrganizationsRequest { PageSize = size, PageToken = token }, cancellationToken: cancellationToken);
            return (page.Organizations, page.NextPageToken);
        });
        return all.FirstOrDefault(one => one.Name == typed)?.OrganizationId ?? throw new CommandFailure(
            ExitCode.NotFound,
            RemoteError.NameOf(ErrorReason.OrganizationNotFound),
            $"No organization that you can see is called {typed}.",
            Hints.For(ErrorReason.OrganizationNotFound));
    }
}
