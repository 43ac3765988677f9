using System.CommandLine;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Cli.Output;
using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure limits</c>: counts calls that come without an API key. That a limit lets no more through is an answer here, not an error.</summary>
internal static class LimitCommands
{
    public static Command Create(CommandRunner runner) => new("limits", "Count calls that come without an API key.") { Check(runner) };

    private static Command Check(CommandRunner runner)
    {
        var call = new CallOptions("The organization that the call is for.");
        var command = new Command("check", "Count a call in every limit that applies to it, or in none. Exit code 0: it may go on; 1: it may not.");
        call.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var request = new CheckRateLimitRequest
            {
                Endpoint = call.Endpoint(invocation),
                ClientAddress = call.Address(invocation),
                OrganizationId = call.Organization(invocation),
                Cost = call.Cost(invocation),
            };
            var verdict = await AskAsync(invocation.ConnectAsWorkload(), request, cancellationToken);
            invocation.Answer.Write(verdict, ForPeople);
            return verdict.Allowed ? ExitCode.Ok : ExitCode.Denied;
        });
    }

    private static async Task<Verdict> AskAsync(Services services, CheckRateLimitRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await services.Limits.CheckRateLimitAsync(request, cancellationToken: cancellationToken);
            return new Verdict(Allowed: true, LimitView.Of(response.RateLimit));
        }
        catch (RpcException e) when (McpSecureError.From(e) is { Reason: ErrorReason.RateLimited } refusal)
        {
            return new Verdict(Allowed: false, LimitView.Of(refusal));
        }
    }

    private static string ForPeople(Verdict verdict) => Table.Details(
    [
        ("Allowed", Text.YesNo(verdict.Allowed)),
        LimitView.ForPeople(verdict.RateLimit),
        .. verdict is { Allowed: false, RateLimit: { } limit } ? [LimitView.RetryForPeople(limit)] : Array.Empty<(string, string)>(),
    ]);

    private sealed record Verdict(bool Allowed, LimitView? RateLimit);
}
