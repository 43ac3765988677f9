using System.CommandLine;
using Grpc.Core;
using McpSecure.Audit.V1;

namespace McpSecure.Cli.Commands;

/// <summary>
/// <c>mcpsecure audit verify</c>: computes the chain from the bytes that the log answers, on this machine, and compares the result with
/// what the service says of itself and with a head that the caller noted before.
/// </summary>
internal static class AuditVerification
{
    public static Command Create(CommandRunner runner)
    {
        var expect = new Option<LogHead?>("--expect")
        {
            HelpName = "PLACE:HEAD",
            Description = "A head that was noted before: the log must still pass through it. Finds a log that was rewritten as a whole.",
            CustomParser = LogHead.Parse,
        };
        var command = new Command("verify", "Recompute the chain of the audit log here and compare. Exit code 0: intact; 1: not.") { expect };

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var services = invocation.ConnectAsUser();
            var claimed = await services.Log.VerifyLogAsync(new VerifyLogRequest(), cancellationToken: cancellationToken);
            var verdict = await RecomputeAsync(services, claimed, invocation.Arguments.GetValue(expect), cancellationToken);

            invocation.Answer.Write(verdict, LogVerdict.ForPeople);
            return verdict.Intact ? ExitCode.Ok : ExitCode.Denied;
        });
    }

    private static async Task<LogVerdict> RecomputeAsync(Services services, VerifyLogResponse claimed, LogHead? expected, CancellationToken cancellationToken)
    {
        var chain = new LogChain();
        var passed = expected is null;

        // No further than the service looked: the log has grown since, by the question itself.
        using var call = services.Log.ReadLog(new ReadLogRequest { Limit = claimed.Entries }, cancellationToken: cancellationToken);
        await foreach (var message in call.ResponseStream.ReadAllAsync(cancellationToken))
        {
            foreach (var entry in message.Entries)
            {
                if (chain.TryAdd(entry) is { } flaw)
                {
                    return LogVerdict.Broken(chain, claimed, flaw);
                }

                passed |= expected is not null && expected.Is(chain);
            }
        }

        return LogVerdict.Of(chain, claimed, passed ? null : expected);
    }
}
