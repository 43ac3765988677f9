using System.Text;
using Aspire.Hosting.ApplicationModel;
using Aspire.Hosting.Dcp;
using Microsoft.Extensions.Logging;

namespace Aspire.Hosting.Orchestration;

/// <summary>Takes one process through its life: waits for what it needs, starts it, watches its health, says when it is ready and when it ended.</summary>
internal sealed class Run(
    Resource resource,
    DcpClient dcp,
    ResourceHealth health,
    Dashboard dashboard,
    ResourceNotificationService notifications,
    IServiceProvider services,
    ILogger logger)
{
    private const int TailInLines = 20;
    private Task watching = Task.CompletedTask;

    public static bool IsProcess(Resource resource) => resource is ExecutableResource or ProjectResource;

    public bool IsCalled(string name) => string.Equals(resource.Name, name, StringComparison.Ordinal);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        try
        {
            await SetAsync(resource.WaitsFor.Count > 0 ? KnownResourceStates.Waiting : KnownResourceStates.Starting);
            await Task.WhenAll(resource.WaitsFor.Select(dependency => WaitForAsync(dependency, cancellationToken)));
            await SetAsync(KnownResourceStates.Starting);
            await dcp.CreateExecutableAsync(
                resource.Name,
                await SpecAsync(cancellationToken),
                resource.Endpoints.Select(endpoint => endpoint.DcpService!),
                cancellationToken);
        }
        catch (DistributedApplicationException problem)
        {
            logger.DidNotStart(resource.Name, problem.Message);
            await SetAsync(KnownResourceStates.FailedToStart);
        }
    }

    /// <summary>Takes over what DCP says of the process.</summary>
    public async Task ObserveAsync(DcpExecutableStatus status, CancellationToken cancellationToken)
    {
        var state = status.State switch
        {
            "Running" => KnownResourceStates.Running,
            "FailedToStart" => KnownResourceStates.FailedToStart,
            "Finished" or "Terminated" => KnownResourceStates.Finished,
            _ => null,
        };
        if (state is null)
            return;

        var ended = KnownResourceStates.TerminalStates.Contains(state, StringComparer.Ordinal);
        await notifications.PublishUpdateAsync(resource, before => before with
        {
            State = state,
            ExitCode = ended ? status.ExitCode : null,
            HealthStatus = ended ? null : before.HealthStatus,
            StartTimeStamp = status.StartupTimestamp,
            StopTimeStamp = status.FinishTimestamp,
        });

        if (state == KnownResourceStates.Running && watching.IsCompleted)
            watching = health.WatchAsync(resource, BecomeReadyAsync, cancellationToken);
        if (ended && !cancellationToken.IsCancellationRequested)
            logger.Ended(resource.Name, status.ExitCode, await TailAsync(cancellationToken));
    }

    private async Task BecomeReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            foreach (var callback in resource.WhenReady)
                await callback(new(resource, services), cancellationToken);
            await notifications.PublishUpdateAsync(resource, before => before with { IsReady = true });
        }
        catch (Exception problem) when (!cancellationToken.IsCancellationRequested)
        {
            logger.DidNotBecomeReady(problem, resource.Name);
            await SetAsync(KnownResourceStates.FailedToStart);
        }
    }

    private async Task WaitForAsync(Resource dependency, CancellationToken cancellationToken)
    {
        var state = await notifications.WaitAsync(dependency, now => now.IsReady || now.HasEnded, cancellationToken);
        if (state.HasEnded)
            throw new DistributedApplicationException($"'{dependency.Name}', which it waits for, is {state.State?.Text}.");
    }

    private async Task<DcpExecutableSpec> SpecAsync(CancellationToken cancellationToken)
    {
        var values = new List<object>();
        foreach (var callback in resource.Args)
            callback(new(values, cancellationToken));
        var args = new List<string>();
        foreach (var value in values)
            args.Add(value is IValueProvider later ? await later.GetValueAsync(cancellationToken) ?? "" : (string)value);

        var environment = new List<DcpVariable>();
        if (resource is ProjectResource)
            environment.AddRange(dashboard.TelemetryFor(resource.Name));
        foreach (var (name, value) in resource.Environment)
            environment.Add(new(name, await value.GetValueAsync(cancellationToken)));

        return resource switch
        {
            // The launcher beside the assembly saves what "dotnet run" costs at each start.
            ProjectResource { Project: { } project } => new(
                Environment.ProcessPath is { } dotnet && Path.GetFileNameWithoutExtension(dotnet) == "dotnet" ? dotnet : "dotnet",
                Path.GetDirectoryName(project.ProjectPath),
                [project.AssemblyPath, .. args],
                environment),
            ExecutableResource executable => new(executable.Command, executable.WorkingDirectory, args, environment),
            _ => throw new DistributedApplicationException($"'{resource.Name}' is no process."),
        };
    }

    private async Task<string> TailAsync(CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        foreach (var source in (string[])["stdout", "stderr"])
        {
            using var lines = new StreamReader(await dcp.OpenLogAsync(resource.Name, source, follow: false, cancellationToken));
            foreach (var line in (await lines.ReadToEndAsync(cancellationToken)).Split('\n', StringSplitOptions.RemoveEmptyEntries).TakeLast(TailInLines))
                text.AppendLine().Append("  ").Append(line);
        }

        return text.ToString();
    }

    private Task SetAsync(string state) => notifications.PublishUpdateAsync(resource, before => before with { State = state });
}
