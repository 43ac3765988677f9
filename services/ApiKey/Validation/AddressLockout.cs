using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey;

/// <summary>
/// Makes addresses wait that present invalid keys again and again: counted in Redis for all replicas, and by each alone while Redis is away. A
/// replica learns at its first failure of an address that it has to wait. Nothing is counted against a key: whoever knows a key's id could lock its
/// owner out.
/// </summary>
internal sealed class AddressLockout(RedisScripts scripts, IOptions<LockoutOptions> options, TimeProvider clock)
{
    private const int Remembered = 50_000;

    private readonly FailureRules rules = FailureRules.From(options.Value);
    private readonly RecentMap<UInt128, long> waiting = new(Remembered);
    private readonly RecentMap<UInt128, FailureRecord> alone = new(Remembered);
    private readonly Lock change = new();
    private bool anybodyWaits;

    /// <summary>Tells how long an address still has to wait; null: it has not.</summary>
    public TimeSpan? WaitOf(ClientAddress address)
    {
        if (!Volatile.Read(ref anybodyWaits) || !waiting.TryGet(address.Counted, out var until))
        {
            return null;
        }

        var left = until - Now();
        return left > 0 ? TimeSpan.FromMicroseconds(left) : null;
    }

    /// <summary>Counts a failure of an address.</summary>
    public async ValueTask FailedAsync(ClientAddress address)
    {
        var subject = address.Counted;
        var answer = await scripts.TryRunAsync(
            FailureScript.Text,
            [NameOf(subject)],
            [rules.Gcra.IntervalInMicroseconds, rules.Gcra.CapacityInMicroseconds, rules.FirstWait, rules.LongestWait, rules.Forget]);

        var now = Now();
        var until = answer is [var wait, ..] ? now + wait : CountAlone(subject, now);
        if (until > now)
        {
            waiting.Set(subject, until);
            Volatile.Write(ref anybodyWaits, true);
        }
    }

    // No secret; it lives until the address is forgiven.
    private static string NameOf(UInt128 subject) => $"mcpsecure:{{apikey}}:lockout:{subject:x}";

    private long CountAlone(UInt128 subject, long now)
    {
        lock (change)
        {
            var failed = (alone.TryGet(subject, out var record) ? record : default).Failed(rules, now);
            alone.Set(subject, failed);
            return failed.Until;
        }
    }

    private long Now() => (long)clock.GetElapsedTime(0).TotalMicroseconds;
}
