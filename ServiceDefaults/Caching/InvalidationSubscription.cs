namespace McpSecure.ServiceDefaults;

/// <summary>Hears what becomes stale in one topic, until disposed.</summary>
public sealed class InvalidationSubscription : IDisposable
{
    private readonly InvalidationChannel channel;
    private volatile bool disposed;

    internal InvalidationSubscription(InvalidationChannel channel, string topic, Action<string> onKey, Action onLost) =>
        (this.channel, Topic, OnKey, OnLost) = (channel, topic, onKey, onLost);

    /// <summary>
    /// Gets whether messages are known to arrive. While false, nothing may be answered from memory, and nothing that was read while it
    /// was false may be kept.
    /// </summary>
    public bool IsLive => !disposed && channel.IsLive;

    internal string Topic { get; }

    internal Action<string> OnKey { get; }

    internal Action OnLost { get; }

    /// <summary>Stops hearing.</summary>
    public void Dispose()
    {
        disposed = true;
        channel.Remove(this);
    }
}
