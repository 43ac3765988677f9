using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Reads keys for validation: from memory while this replica is sure to hear of every change, else from the store.</summary>
internal sealed class ApiKeyReader(IApiKeyStore store, InvalidationChannel channel, TimeProvider clock) : IDisposable
{
    /// <summary>The topic on the invalidation channel; its keys are the ids of API keys.</summary>
    public const string Topic = "apikey.keys";

    private readonly CoherentCache<ApiKeyId, ApiKeyRecord> cache = new(channel, new(Topic) { Capacity = 100_000 }, key => key.ExpiresAt, clock);

    /// <summary>Finds a key, revoked and expired ones too; null where there is none.</summary>
    public ValueTask<ApiKeyRecord?> FindAsync(ApiKeyId id, CancellationToken cancellationToken) => cache.GetAsync(id, store.FindAsync, cancellationToken);

    /// <summary>Tells every replica that a key has changed. Call it after the commit and before the answer.</summary>
    public Task ForgetAsync(ApiKeyId id) => channel.PublishAsync(Topic, id.ToString());

    public void Dispose() => cache.Dispose();
}
