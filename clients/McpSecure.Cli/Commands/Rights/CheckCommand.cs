using System.CommandLine;
using McpSecure.ApiKey.V1;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Profiles;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure check</c>: asks whether somebody may do something, and why.</summary>
internal static class CheckCommand
{
    public static Command Create(CommandRunner runner)
    {
        var target = new Argument<ResourceAction?>("permission")
        {
            Description = "The resource and the action, for example servers:read or keyrings/service-tokens:rotate.",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = ResourceAction.Parse,
        };
        var user = Principals.Option("--user", "USER", "Ask about this user, by name or id, or about api-key:<id> or service:<name>. Default: who is signed in.");
        var key = new SecretOption("key", "an API key to ask about: its owner, narrowed to its scopes and permissions,");
        var explain = new Option<bool>("--explain") { Description = "Tell what decided." };
        var (options, input, batch) = (new QuestionOptions("the platform, or an API key's own"), new DataInput("the lines of --batch"), CheckBatch.Option());
        var command = new Command("check", "Ask whether something is allowed. Exit code 0: allowed; 1: denied.") { target, user, explain };
        options.AddTo(command);
        key.AddTo(command);
        command.Add(batch);
        command.Add(input.Option);
        command.Validators.Add(result =>
        {
            if (result.GetResult(user) is not null && key.IsNamed(result))
            {
                result.AddError("--user and an API key exclude each other.");
            }

            if (key.IsNamed(result) && options.OfAKey.FirstOrDefault(option => result.GetResult(option) is not null) is { } narrowing)
            {
                result.AddError($"{narrowing.Name} and an API key exclude each other: the key says it.");
            }

            if (result.GetResult(batch) is null)
            {
                if (result.GetResult(target) is not { Tokens.Count: > 0 })
                {
                    result.AddError("Required argument 'permission' missing for command: 'check'.");
                }

                if (result.GetResult(input.Option) is not null)
                {
                    result.AddError("--in needs --batch.");
                }
            }
            else if (result.GetResult(target) is { Tokens.Count: > 0 } || result.GetResult(explain) is not null || key.IsNamed(result))
            {
                result.AddError("--batch takes its questions from lines: no permission, --explain or API key goes with it.");
            }
        });

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser(out var session);
            var question = await options.ReadAsync(invocation, services, cancellationToken);
            await SayWhoAsync(invocation, services, session, question, key, user, cancellationToken);
            var revision = options.Revision(invocation);
            if (invocation.Arguments.GetValue(batch))
            {
                return await CheckBatch.RunAsync(invocation, services, input, question, revision, cancellationToken);
            }

            var asked = invocation.Arguments.GetRequiredValue(target)!;
            (question.Resource, question.Action) = (asked.Resource, asked.Action);
            var decision = invocation.Arguments.GetValue(explain)
                ? DecisionView.Of(question, await services.Decisions.ExplainPermissionAsync(
                    new ExplainPermissionRequest { Question = question, AtLeastRevision = revision }, cancellationToken: cancellationToken))
                : DecisionView.Of(question, await services.Decisions.CheckPermissionAsync(
                    new CheckPermissionRequest { Question = question, AtLeastRevision = revision }, cancellationToken: cancellationToken));
            invocation.Answer.Write(decision, DecisionView.ForPeople);
            if (decision.Reason == DecisionReason.SecondFactor)
            {
                invocation.Answer.Note("It is allowed with a recent second factor: --second-factor asks so.");
            }

            return decision.Allowed ? ExitCode.Ok : ExitCode.Denied;
        });
    }

    private static async Task SayWhoAsync(
        Invocation invocation, Services services, Session session, PermissionQuestion question, SecretOption key, Option<string?> user, CancellationToken cancellationToken)
    {
        if (!key.IsGiven(invocation.Arguments))
        {
            question.Principal = await Principals.FindAsync(services, invocation.Arguments.GetValue(user) ?? session.UserId, cancellationToken);
            return;
        }

        // A service that is asked in an organization takes no key of another: neither does the answer.
        var valid = await services.ApiKeys.ValidateApiKeyAsync(
            new ValidateApiKeyRequest { Secret = key.Read(invocation).Reveal(), OrganizationId = question.OrganizationId }, cancellationToken: cancellationToken);
        question.Principal = Principals.User(valid.OwnerId);
        question.OrganizationId = valid.OrganizationId;
        question.Scopes.Add(valid.Scopes);
        question.NarrowedTo.Add(valid.Permissions.Select(permission => new PermissionPattern
        {
            ResourcePattern = permission.ResourcePattern,
            ActionPattern = permission.ActionPattern,
        }));
    }
}
