using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>Names a state for people and programs.</summary>
public sealed record ResourceStateSnapshot(string Text, string? Style)
{
    public static implicit operator ResourceStateSnapshot?(string? s) => s is null ? null : new(s, Style: null);
}

/// <summary>Tells how a resource is at one moment.</summary>
public sealed record CustomResourceSnapshot
{
    public required string ResourceType { get; init; }

    public ResourceStateSnapshot? State { get; init; }

    public int? ExitCode { get; init; }

    public HealthStatus? HealthStatus { get; internal init; }

    public DateTime? StartTimeStamp { get; init; }

    public DateTime? StopTimeStamp { get; init; }

    internal bool IsReady { get; init; }

    internal bool HasEnded => KnownResourceStates.TerminalStates.Contains(State?.Text, StringComparer.Ordinal);
}

public static class KnownResourceStates
{
    public static readonly string Starting = nameof(Starting);
    public static readonly string Running = nameof(Running);
    public static readonly string FailedToStart = nameof(FailedToStart);
    public static readonly string Exited = nameof(Exited);
    public static readonly string Finished = nameof(Finished);
    public static readonly string Waiting = nameof(Waiting);
    public static readonly string NotStarted = nameof(NotStarted);

    public static readonly IReadOnlyList<string> TerminalStates = [Finished, FailedToStart, Exited];
}

/// <summary>Tells that a resource changed, and how it is now.</summary>
public sealed class ResourceEvent(IResource resource, string resourceId, CustomResourceSnapshot snapshot)
{
    public IResource Resource { get; } = resource;

    public string ResourceId { get; } = resourceId;

    public CustomResourceSnapshot Snapshot { get; } = snapshot;
}

/// <summary>Keeps the newest snapshot of every resource and tells each change to all who watch.</summary>
public sealed class ResourceNotificationService
{
    private readonly Lock gate = new();
    private readonly Dictionary<IResource, CustomResourceSnapshot> newest = [];
    private readonly List<Channel<ResourceEvent>> watchers = [];

    /// <summary>Replaces the snapshot of a resource by what <paramref name="stateFactory"/> makes of it.</summary>
    public Task PublishUpdateAsync(IResource resource, Func<CustomResourceSnapshot, CustomResourceSnapshot> stateFactory)
    {
        lock (gate)
        {
            var before = newest.GetValueOrDefault(resource) ?? new() { ResourceType = resource is ProjectResource ? "Project" : "Executable" };
            var after = stateFactory(before);
            if (after == before)
                return Task.CompletedTask;

            newest[resource] = after;
            foreach (var watcher in watchers)
                watcher.Writer.TryWrite(new(resource, resource.Name, after));
        }

        return Task.CompletedTask;
    }

    /// <summary>Tells how every resource is, then every change, until cancelled.</summary>
    public async IAsyncEnumerable<ResourceEvent> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var channel = Channel.CreateUnbounded<ResourceEvent>();
        lock (gate)
        {
            foreach (var (resource, snapshot) in newest)
                channel.Writer.TryWrite(new(resource, resource.Name, snapshot));
            watchers.Add(channel);
        }

        try
        {
            await foreach (var change in channel.Reader.ReadAllAsync(cancellationToken))
                yield return change;
        }
        finally
        {
            lock (gate)
                watchers.Remove(channel);
        }
    }

    /// <summary>Returns the first snapshot of the resource, now or later, that <paramref name="predicate"/> holds for.</summary>
    internal async Task<CustomResourceSnapshot> WaitAsync(IResource resource, Func<CustomResourceSnapshot, bool> predicate, CancellationToken cancellationToken)
    {
        await foreach (var change in WatchAsync(cancellationToken))
        {
            if (ReferenceEquals(change.Resource, resource) && predicate(change.Snapshot))
                return change.Snapshot;
        }

        throw new OperationCanceledException(cancellationToken);
    }
}
