using System.CommandLine;
using System.Diagnostics;
using Grpc.Core;
using McpSecure.Cli.Commands;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Cli.Profiles;
using McpSecure.Client;
using Microsoft.Extensions.Options;

namespace McpSecure.Cli;

/// <summary>Runs the action of a command inside one trace and turns whatever goes wrong into an error and an exit code.</summary>
internal sealed class CommandRunner(GlobalOptions options, Terminal terminal, TimeProvider clock)
{
    /// <summary>Sets what a command does.</summary>
    public Command On(Command command, Func<Invocation, CancellationToken, Task<ExitCode>> action)
    {
        command.SetAction((arguments, cancellationToken) => RunAsync(arguments, action, cancellationToken));
        return command;
    }

    /// <summary>Sets what a command does whose one outcome is success.</summary>
    public Command On(Command command, Func<Invocation, CancellationToken, Task> action) =>
        On(command, async (invocation, cancellationToken) =>
        {
            await action(invocation, cancellationToken);
            return ExitCode.Ok;
        });

    private async Task<int> RunAsync(
        ParseResult arguments,
        Func<Invocation, CancellationToken, Task<ExitCode>> action,
        CancellationToken cancellationToken)
    {
        using var trace = CommandTrace.Start(CommandPath.Of(arguments.CommandResult.Command));
        try
        {
            await using var invocation = new Invocation(arguments, options, terminal, clock);
            return (int)await action(invocation, cancellationToken);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            return (int)ExitCode.Cancelled;
        }
        catch (Exception e)
        {
            var error = Describe(e, trace);
            ErrorWriter.Write(terminal, arguments.GetValue(options.Json), error);
            return error.ExitCode;
        }
        finally
        {
            if (arguments.GetValue(options.Trace))
            {
                await terminal.Error.WriteLineAsync($"trace: {trace.TraceId}");
            }
        }
    }

    private static ErrorDetails Describe(Exception exception, Activity trace) => exception switch
    {
        CommandFailure failure => Local(failure.ExitCode, failure.Reason, failure.Message, failure.Hint, trace),
        CertificateFilesException unusable => Local(
            ExitCode.InvalidInput, "CERTIFICATE_UNUSABLE", unusable.Message, "Start the AppHost anew: it renews what it made.", trace),
        OptionsValidationException wrong => Local(
            ExitCode.InvalidInput, "PROFILE_INVALID", $"The profile cannot be used: {string.Join(' ', wrong.Failures)}", Profile.StartHint, trace),
        RpcException refused => RemoteError.Describe(McpSecureError.From(refused), trace.TraceId.ToHexString()),
        BatchRefusal refused => RemoteError.Describe(refused.Error, trace.TraceId.ToHexString()),
        _ => Local(
            ExitCode.Internal, "COMMAND_FAILED", $"{exception.GetType().Name}: {exception.Message}", "This is a defect of the command: please report it.", trace),
    };

    private static ErrorDetails Local(ExitCode exitCode, string reason, string message, string? hint, Activity trace) =>
        new(reason, Status: null, message, [], new Dictionary<string, string>(StringComparer.Ordinal), hint, trace.TraceId.ToHexString(), (int)exitCode);
}
