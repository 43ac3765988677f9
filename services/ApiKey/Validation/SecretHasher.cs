using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey;

/// <summary>
/// Computes bcrypt, few at a time and few waiting, so that whoever makes us compute cannot make us do nothing else. What is hashed is the
/// key's id and secret as they are written, 65 ASCII characters: within the 72 that bcrypt reads, and a hash moved to another key's row
/// does not fit there.
/// </summary>
internal sealed class SecretHasher : IDisposable
{
    private readonly ApiKeyMetrics metrics;
    private readonly TimeProvider clock;
    private readonly int workFactor;
    private readonly int most;
    private readonly SemaphoreSlim turns;
    private int admitted;
    private int making;

    public SecretHasher(IOptions<ApiKeyOptions> options, ApiKeyMetrics metrics, TimeProvider clock)
    {
        this.metrics = metrics;
        this.clock = clock;
        workFactor = options.Value.WorkFactor;
        most = options.Value.ConcurrentHashes + options.Value.WaitingHashes;
        turns = new SemaphoreSlim(options.Value.ConcurrentHashes);
        Decoy = Hash(ApiKeyFormat.NewBody(new ApiKeyId(Guid.Empty)));
    }

    /// <summary>Gets the hash of a secret that nobody knows, to compare with where there is none.</summary>
    public SecretHash Decoy { get; }

    /// <summary>Tells whether a hash cost less than one that is made now.</summary>
    public bool IsOutdated(SecretHash hash) => hash.WorkFactor < workFactor;

    /// <summary>Hashes a new key's id and secret. That takes half of the places at most, so that whoever makes many leaves room for those that are verified.</summary>
    /// <exception cref="Refusal">BUSY: too many wait already.</exception>
    public async Task<SecretHash> HashAsync(string body, CancellationToken cancellationToken)
    {
        try
        {
            return Interlocked.Increment(ref making) <= Math.Max(1, most / 2) ? await InTurnAsync(() => Hash(body), cancellationToken) : throw Busy();
        }
        finally
        {
            Interlocked.Decrement(ref making);
        }
    }

    /// <summary>Tells whether a hash is that of this id and secret.</summary>
    /// <exception cref="Refusal">BUSY: too many wait already.</exception>
    public Task<bool> MatchesAsync(string body, SecretHash hash, CancellationToken cancellationToken) =>
        InTurnAsync(() => BCrypt.Net.BCrypt.Verify(body, hash.Text), cancellationToken);

    public void Dispose() => turns.Dispose();

    private SecretHash Hash(string body) => new(BCrypt.Net.BCrypt.HashPassword(body, workFactor));

    private async Task<T> InTurnAsync<T>(Func<T> compute, CancellationToken cancellationToken)
    {
        if (Interlocked.Increment(ref admitted) > most)
        {
            Interlocked.Decrement(ref admitted);
            throw Busy();
        }

        try
        {
            await turns.WaitAsync(cancellationToken);
            try
            {
                return await Task.Run(() => Timed(compute), cancellationToken);
            }
            finally
            {
                turns.Release();
            }
        }
        finally
        {
            Interlocked.Decrement(ref admitted);
        }
    }

    private Refusal Busy()
    {
        metrics.Busy();
        return Refusal.Because(ErrorReason.Busy, "Too many keys are being verified or made: try again.");
    }

    private T Timed<T>(Func<T> compute)
    {
        var begun = clock.GetTimestamp();
        var result = compute();
        metrics.Hashed(clock.GetElapsedTime(begun));
        return result;
    }
}
