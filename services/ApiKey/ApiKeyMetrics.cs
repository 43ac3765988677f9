using System.Diagnostics.Metrics;

namespace McpSecure.ApiKey;

/// <summary>Measures what API keys cost.</summary>
internal sealed class ApiKeyMetrics
{
    public const string HashDuration = "mcpsecure.apikey.hash.duration";

    private readonly Histogram<double> hashes;
    private readonly Counter<long> busy;
    private readonly Counter<long> notCounted;

    public ApiKeyMetrics(IMeterFactory meters)
    {
        var meter = meters.Create("McpSecure");
        hashes = meter.CreateHistogram<double>(HashDuration, "s", "Time that one bcrypt computation took.");
        busy = meter.CreateCounter<long>("mcpsecure.apikey.busy", "{call}", "Calls refused because too many bcrypt computations were waiting.");
        notCounted = meter.CreateCounter<long>("mcpsecure.apikey.uses_not_counted", "{use}", "Uses of keys that there was no room to count.");
    }

    public void Hashed(TimeSpan took) => hashes.Record(took.TotalSeconds);

    public void Busy() => busy.Add(1);

    public void UseNotCounted() => notCounted.Add(1);
}
