using System.Diagnostics.CodeAnalysis;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Reads keys for validation: from memory while this replica is sure to hear of every change, else from the store.</summary>
internal sealed class ApiKeyReader(IApiKeyStore store, RateLimitRules rules, InvalidationChannel channel, TimeProvider clock) : IDisposable
{
    /// <summary>The topic on the invalidation channel; its keys are the ids of API keys.</summary>
    public const string Topic = "apikey.keys";

    private readonly CoherentCache<ApiKeyId, KnownKey> cache = new(channel, new(Topic) { Capacity = 100_000 }, key => key.Record.ExpiresAt, clock);

    /// <summary>Finds a key in memory.</summary>
    public bool TryGet(ApiKeyId id, [NotNullWhen(true)] out KnownKey? key) => cache.TryGet(id, out key);

    /// <summary>Finds a key, revoked and expired ones too; null where there is none.</summary>
    public ValueTask<KnownKey?> FindAsync(ApiKeyId id, CancellationToken cancellationToken) => cache.GetAsync(id, ReadAsync, cancellationToken);

    /// <summary>Finds a key in the store, whatever memory knows.</summary>
    public async Task<KnownKey?> ReadAsync(ApiKeyId id, CancellationToken cancellationToken) =>
        await store.FindAsync(id, cancellationToken) is { } record ? new KnownKey(record, rules) : null;

    /// <summary>Tells every replica that a key has changed. Call it after the commit and before the answer.</summary>
    public Task ForgetAsync(ApiKeyId id) => channel.PublishAsync(Topic, id.ToString());

    /// <summary>Tells every replica that many keys have changed. Otherwise as <see cref="ForgetAsync"/>.</summary>
    public Task ForgetAllAsync() => channel.PublishAllAsync(Topic);

    public void Dispose() => cache.Dispose();
}
