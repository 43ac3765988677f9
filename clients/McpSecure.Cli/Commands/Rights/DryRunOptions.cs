using System.CommandLine;
using System.CommandLine.Parsing;
using McpSecure.Authorization.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Lets a command that changes rights tell which decisions the change would change, instead of making it.</summary>
internal sealed class DryRunOptions
{
    private readonly Option<bool> dryRun = new("--dry-run") { Description = "Change nothing; tell which decisions would be others." };

    private readonly Option<Question[]> questions = new("--question")
    {
        HelpName = "PRINCIPAL RESOURCE:ACTION",
        Description = "With --dry-run: compare this decision, for example 'ann servers/weather:read'. Once for each. Default: those that the change suggests.",
        CustomParser = result => [.. result.Tokens.Select(token => Question.Parse(result, token)).OfType<Question>()],
    };

    public void AddTo(Command command)
    {
        command.Add(dryRun);
        command.Add(questions);
        command.Validators.Add(result =>
        {
            if (result.GetResult(questions) is not null && result.GetResult(dryRun) is null)
            {
                result.AddError("--question needs --dry-run.");
            }
        });
    }

    /// <summary>Answers what goes with the request; null where the change is to be made. Questions are asked where the change is.</summary>
    public async Task<DryRun?> ReadAsync(Invocation invocation, Services services, string organizationId, CancellationToken cancellationToken)
    {
        if (!invocation.Arguments.GetValue(dryRun))
        {
            return null;
        }

        var asked = new DryRun();
        foreach (var question in invocation.Arguments.GetValue(questions) ?? [])
        {
            asked.Questions.Add(new PermissionQuestion
            {
                Principal = await Principals.FindAsync(services, question.Principal, cancellationToken),
                Resource = question.About.Resource,
                Action = question.About.Action,
                OrganizationId = organizationId,
                SecondFactor = true, // as the service asks those that the change suggests
            });
        }

        return asked;
    }

    private sealed record Question(string Principal, ResourceAction About)
    {
        public static Question? Parse(ArgumentResult result, Token token)
        {
            if (token.Value.Split(' ', StringSplitOptions.RemoveEmptyEntries) is [var principal, var about]
                && Principals.IsName(principal) && ResourceAction.TryRead(about) is { } read)
            {
                return new Question(principal, read);
            }

            result.AddError($"'{token.Value}' is not '<principal> <resource>:<action>', for example 'ann servers/weather:read'.");
            return null;
        }
    }
}
