using System.CommandLine;
using McpSecure.Authorization.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Holds what narrows a question about rights: where it is asked, and with what the principal comes.</summary>
internal sealed class QuestionOptions(string otherwise)
{
    private readonly Option<string?> organization = Organizations.Option(otherwise);
    private readonly Option<bool> secondFactor = new("--second-factor") { Description = "Ask as if the token showed a recent second factor." };
    private readonly Option<string[]> scopes = new("--scope") { HelpName = "SCOPE", Description = "A scope of the token in use, for example mcp:read; scopes narrow. Once for each." };
    private readonly Option<ResourceAction[]> narrowedTo = new("--narrowed-to")
    {
        HelpName = "RESOURCE:ACTION",
        Description = "What the API key in use may do at most, patterns as in servers/*:read. Once for each.",
        CustomParser = ResourceAction.ParseAll,
    };

    private readonly Option<string?> atLeast = AtLeastRevision();

    /// <summary>Gets those that say what an API key says itself.</summary>
    public IReadOnlyList<Option> OfAKey => [scopes, narrowedTo];

    /// <summary>Makes the option that keeps an answer from being older than a change.</summary>
    public static Option<string?> AtLeastRevision() => new("--at-least-revision")
    {
        HelpName = "REVISION",
        Description = "Decide on nothing older than this; a change tells it with --json as rightsRevision.",
    };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { organization, secondFactor, scopes, narrowedTo, atLeast })
        {
            command.Add(option);
        }
    }

    public string Revision(Invocation invocation) => invocation.Arguments.GetValue(atLeast) ?? "";

    /// <summary>Makes a question that says where and with what, and not yet who and what.</summary>
    public async Task<PermissionQuestion> ReadAsync(Invocation invocation, Services services, CancellationToken cancellationToken) => new()
    {
        OrganizationId = await Organizations.FindAsync(invocation, services, organization, cancellationToken),
        SecondFactor = invocation.Arguments.GetValue(secondFactor),
        Scopes = { invocation.Arguments.GetValue(scopes) ?? [] },
        NarrowedTo =
        {
            (invocation.Arguments.GetValue(narrowedTo) ?? []).Select(pattern => new PermissionPattern
            {
                ResourcePattern = pattern.Resource,
                ActionPattern = pattern.Action,
            }),
        },
    };
}
