namespace McpSecure.ServiceDefaults;

/// <summary>Holds one message on the invalidation channel, as text: a letter, then fields parted by line feeds.</summary>
internal abstract record InvalidationMessage
{
    private InvalidationMessage()
    {
    }

    /// <summary>One key of a topic is stale.</summary>
    public sealed record Key(string Topic, string Value) : InvalidationMessage
    {
        public override string ToString() => $"k\n{Topic}\n{Value}";
    }

    /// <summary>Every key of a topic is stale.</summary>
    public sealed record All(string Topic) : InvalidationMessage
    {
        public override string ToString() => $"a\n{Topic}";
    }

    /// <summary>A replica asks itself whether it hears what it says.</summary>
    public sealed record Echo(string Replica, long Number) : InvalidationMessage
    {
        public override string ToString() => $"e\n{Replica}\n{Number}";
    }

    /// <summary>Reads a message. Returns null where the text is none; a newer version may send kinds that this one does not know.</summary>
    public static InvalidationMessage? Parse(string text) => text.Split('\n', 3) switch
    {
        ["k", var topic, var key] => new Key(topic, key),
        ["a", var topic] => new All(topic),
        ["e", var replica, var number] when long.TryParse(number, out var parsed) => new Echo(replica, parsed),
        _ => null,
    };
}
