namespace McpSecure.ApiKey;

/// <summary>Says how often a key may be used.</summary>
/// <param name="Requests">How many uses in a period, at least 1.</param>
/// <param name="Period">The period.</param>
/// <param name="Burst">How many uses at once after a rest, 1 to <paramref name="Requests"/>.</param>
internal sealed record KeyRateLimit(int Requests, TimeSpan Period, int Burst)
{
    /// <summary>Tells whether this limit lets nothing through that the other one does not: neither in the long run nor at once.</summary>
    public bool IsWithin(KeyRateLimit other) =>
        (Int128)Requests * other.Period.Ticks <= (Int128)other.Requests * Period.Ticks && Burst <= other.Burst;

    public override string ToString() => $"{Requests} in {Period:c}, {Burst} at once";
}
