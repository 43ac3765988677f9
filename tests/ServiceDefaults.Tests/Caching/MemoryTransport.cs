namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Carries messages between channels in memory, where the rules of the channel are tested; real Redis in InvalidationChannelTests.</summary>
internal sealed class MemoryTransport : IInvalidationTransport
{
    private readonly List<InvalidationChannel> listeners = [];

    /// <summary>Gets or sets whether messages are carried.</summary>
    public bool IsUp { get; set; } = true;

    /// <summary>Gets everything that was said.</summary>
    public List<string> Said { get; } = [];

    public void Join(InvalidationChannel channel)
    {
        listeners.Add(channel);
        channel.Connect(this);
    }

    public Task<bool> PublishAsync(string text)
    {
        if (IsUp)
        {
            Said.Add(text);
            listeners.ForEach(listener => listener.Hear(text));
        }

        return Task.FromResult(IsUp);
    }
}
