using System.Collections.Concurrent;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>
/// Tells whether a presented secret is the one that is kept. The first time that a replica sees a text it computes one bcrypt, whatever
/// the text turns out to be; from then on none, and compares digests in memory. What is remembered is true for ever: a text either is
/// what a hash was made of or is not.
/// </summary>
internal sealed class SecretVerifier(SecretHasher hasher)
{
    private const int Remembered = 50_000;

    // Apart, so that a flood of wrong ones pushes no right one out.
    private readonly RecentMap<KeyDigest, SecretHash> right = new(Remembered);
    private readonly RecentMap<KeyDigest, SecretHash> wrong = new(Remembered);
    private readonly ConcurrentDictionary<ApiKeyId, Comparison> underWay = new();

    /// <summary>Tells whether the secret is the one of this hash. Without a hash it is not, after the same work.</summary>
    /// <exception cref="Refusal">BUSY: too much is being compared already.</exception>
    public ValueTask<bool> IsRightAsync(PresentedKey presented, SecretHash? kept, CancellationToken cancellationToken)
    {
        var against = kept ?? hasher.Decoy;
        if (right.TryGet(presented.Digest, out var known) && known == against)
        {
            return new(true);
        }

        if (wrong.TryGet(presented.Digest, out known) && known == against)
        {
            return new(false);
        }

        return new(CompareAsync(presented, against, cancellationToken));
    }

    /// <summary>Tells whether memory knows that a digest is of the secret of this hash.</summary>
    public bool IsKnownToBeRight(KeyDigest digest, SecretHash kept) => right.TryGet(digest, out var known) && known == kept;

    /// <summary>Tells whether memory knows a digest as one of a key's secret, whatever became of the key.</summary>
    public bool WasRight(KeyDigest digest) => right.TryGet(digest, out _);

    // One comparison for each key at a time: the same text waits for its result, another is told to come back. So one key, attacked by
    // somebody who can make texts that get past the checksum, takes one place of those that all keys share.
    private async Task<bool> CompareAsync(PresentedKey presented, SecretHash against, CancellationToken cancellationToken)
    {
        var mine = new Comparison(presented.Digest, against);
        var first = underWay.GetOrAdd(presented.Id, mine);
        if (first == mine)
        {
            _ = RunAsync(presented, mine);
        }
        else if (!first.IsOf(presented.Digest, against))
        {
            throw Refusal.Because(ErrorReason.Busy, "This key is being verified: try again.");
        }

        return await first.Result.Task.WaitAsync(cancellationToken);
    }

    // Whoever asked first may give up: others wait for it, and it is not computed twice.
    private async Task RunAsync(PresentedKey presented, Comparison comparison)
    {
        try
        {
            var matches = await hasher.MatchesAsync(presented.RevealBody(), comparison.Against, CancellationToken.None);
            (matches ? right : wrong).Set(comparison.Digest, comparison.Against);
            underWay.TryRemove(KeyValuePair.Create(presented.Id, comparison));
            comparison.Result.SetResult(matches);
        }
        catch (Exception e)
        {
            underWay.TryRemove(KeyValuePair.Create(presented.Id, comparison));
            comparison.Result.SetException(e);
        }
    }

    private sealed class Comparison(KeyDigest digest, SecretHash against)
    {
        public KeyDigest Digest { get; } = digest;

        public SecretHash Against { get; } = against;

        public TaskCompletionSource<bool> Result { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsOf(KeyDigest digest, SecretHash against) => Digest.Equals(digest) && Against == against;
    }
}
