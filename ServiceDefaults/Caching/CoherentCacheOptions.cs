namespace McpSecure.ServiceDefaults;

/// <summary>Sizes a <see cref="CoherentCache{TKey, TValue}"/>.</summary>
/// <param name="Topic">The topic of the invalidation channel that its keys are told stale on.</param>
public sealed record CoherentCacheOptions(string Topic)
{
    /// <summary>Gets the most that is kept, as a sum of weights: the most entries, where each weighs 1. The oldest leave first. Default 10 000.</summary>
    public int Capacity { get; init; } = 10_000;

    /// <summary>Gets how long after it was read an entry may be answered: the most that a missed invalidation can cost. Default 5 s.</summary>
    public TimeSpan TimeBound { get; init; } = TimeSpan.FromSeconds(5);
}
