using System.CommandLine;
using System.CommandLine.Parsing;
using McpSecure.ApiKey.V1;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Input;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure check</c>: asks whether somebody may do something, and why.</summary>
internal static class CheckCommand
{
    public static Command Create(CommandRunner runner)
    {
        var target = new Argument<Target?>("permission")
        {
            Description = "The resource and the action, for example servers:read or keyrings/service-tokens:rotate.",
            CustomParser = Target.Parse,
        };
        var user = new Option<string?>("--user") { HelpName = "USER", Description = "Ask about this user. Default: who is signed in." };
        var key = new SecretOption("key", "an API key to ask about: its owner, narrowed to its scopes,");
        var explain = new Option<bool>("--explain") { Description = "Tell what decided." };
        var command = new Command("check", "Ask whether something is allowed. Exit code 0: allowed; 1: denied.") { target, user, explain };
        key.AddTo(command);
        command.Validators.Add(result =>
        {
            if (result.GetResult(user) is not null && key.IsNamed(result))
            {
                result.AddError("--user and an API key exclude each other.");
            }
        });

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser(out var session);
            var asked = invocation.Arguments.GetRequiredValue(target)!;
            var question = new PermissionQuestion { Resource = asked.Resource, Action = asked.Action };
            if (key.IsGiven(invocation.Arguments))
            {
                var valid = await services.ApiKeys.ValidateApiKeyAsync(
                    new ValidateApiKeyRequest { Secret = key.Read(invocation).Reveal() }, cancellationToken: cancellationToken);
                question.Principal = Principals.User(valid.OwnerId);
                question.Scopes.Add(valid.Scopes);
            }
            else
            {
                question.Principal = await Principals.FindUserAsync(services, invocation.Arguments.GetValue(user) ?? session.UserId, cancellationToken);
            }

            var decision = invocation.Arguments.GetValue(explain)
                ? await ExplainAsync(services, question, cancellationToken)
                : await DecideAsync(services, question, cancellationToken);
            invocation.Answer.Write(decision, DecisionView.ForPeople);
            return decision.Allowed ? ExitCode.Ok : ExitCode.Denied;
        });
    }

    private static async Task<DecisionView> DecideAsync(Services services, PermissionQuestion question, CancellationToken cancellationToken)
    {
        var response = await services.Decisions.CheckPermissionAsync(
            new CheckPermissionRequest { Question = question }, cancellationToken: cancellationToken);
        return DecisionView.Of(question, response);
    }

    private static async Task<DecisionView> ExplainAsync(Services services, PermissionQuestion question, CancellationToken cancellationToken)
    {
        var response = await services.Decisions.ExplainPermissionAsync(
            new ExplainPermissionRequest { Question = question }, cancellationToken: cancellationToken);
        return DecisionView.Of(question, response);
    }

    /// <summary>Names a resource and an action. A resource may hold colons, an action does not.</summary>
    private sealed record Target(string Resource, string Action)
    {
        public static Target? Parse(ArgumentResult result)
        {
            var text = result.Tokens[0].Value;
            var colon = text.LastIndexOf(':');
            if (colon > 0 && colon < text.Length - 1)
            {
                return new Target(text[..colon], text[(colon + 1)..]);
            }

            result.AddError($"'{text}' is not <resource>:<action>, for example servers:read.");
            return null;
        }
    }
}
