using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>
/// Knows the keys of the keyring <c>token-signing</c>: from memory while that is known to be fresh, else from Crypto, which tells
/// of every change on the invalidation channel.
/// </summary>
internal sealed class SigningKeys(SigningService.SigningServiceClient crypto, InvalidationChannel invalidation, TimeProvider clock) : IDisposable
{
    /// <summary>The keyring that signs access tokens.</summary>
    public const string Keyring = "token-signing";

    /// <summary>The topic on which Crypto tells which keyring changed.</summary>
    public const string Topic = "keyring";

    // Whoever sends tokens with invented key ids must not make each of them a call to Crypto.
    private static readonly TimeSpan RereadInterval = TimeSpan.FromSeconds(1);

    private readonly CoherentCache<string, SigningKeySet> cache = new(invalidation, new CoherentCacheOptions(Topic) { Capacity = 1 }, _ => null, clock);
    private long rereadAt = long.MinValue;

    /// <summary>Returns the keys as they are now, give or take the 5 s that a lost invalidation costs.</summary>
    /// <exception cref="Grpc.Core.RpcException">Crypto does not answer: no token can be made or judged.</exception>
    public async ValueTask<SigningKeySet> GetAsync(CancellationToken cancellationToken) =>
        cache.TryGet(Keyring, out var keys) ? keys : (await cache.GetAsync(Keyring, ReadAsync, cancellationToken))!;

    /// <summary>Asks Crypto itself.</summary>
    /// <exception cref="Grpc.Core.RpcException">Crypto does not answer.</exception>
    public async Task<SigningKeySet> RereadAsync(CancellationToken cancellationToken) => (await ReadAsync(Keyring, cancellationToken))!;

    /// <summary>
    /// Returns the keys, from Crypto itself where this key id is not among those in memory: another replica may have signed with a key
    /// made a moment ago. Asks at most once a second.
    /// </summary>
    public async ValueTask<SigningKeySet> GetAsync(string keyId, CancellationToken cancellationToken)
    {
        var keys = await GetAsync(cancellationToken);
        return keys.Find(keyId) is null && MayReread() ? await RereadAsync(cancellationToken) : keys;
    }

    /// <inheritdoc/>
    public void Dispose() => cache.Dispose();

    private async Task<SigningKeySet?> ReadAsync(string keyring, CancellationToken cancellationToken)
    {
        var answer = await crypto.ListPublicKeysAsync(new ListPublicKeysRequest { Keyring = keyring }, cancellationToken: cancellationToken);
        return SigningKeySet.From(answer.Keys);
    }

    private bool MayReread()
    {
        var last = Interlocked.Read(ref rereadAt);
        var now = clock.GetTimestamp();
        return (last == long.MinValue || clock.GetElapsedTime(last, now) >= RereadInterval)
            && Interlocked.CompareExchange(ref rereadAt, now, last) == last;
    }
}
