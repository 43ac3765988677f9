using McpSecure.Audit.V1;

namespace McpSecure.ApiKey.Tests;

/// <summary>Keeps keys in memory, for the rules' tests; held to the same contract as Postgres.</summary>
internal sealed class InMemoryApiKeyStore : IApiKeyStore
{
    private readonly Lock change = new();
    private readonly Dictionary<ApiKeyId, ApiKeyRecord> keys = [];

    public List<AuditEvent> Events { get; } = [];

    public int Reads { get; private set; }

    public Task<ApiKeyRecord?> FindAsync(ApiKeyId id, CancellationToken cancellationToken)
    {
        lock (change)
        {
            Reads++;
            return Task.FromResult(keys.GetValueOrDefault(id));
        }
    }

    public Task<int> CountLiveAsync(Guid ownerId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        lock (change)
        {
            return Task.FromResult(CountLive(ownerId, now));
        }
    }

    public Task<ApiKeyRecord?> AddAsync(ApiKeyRecord key, int mostLive, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        lock (change)
        {
            if (CountLive(key.OwnerId, key.CreatedAt) >= mostLive)
            {
                return Task.FromResult<ApiKeyRecord?>(null);
            }

            keys.Add(key.Id, key);
            Events.Add(auditEvent);
            return Task.FromResult<ApiKeyRecord?>(key);
        }
    }

    public Task<(ApiKeyRecord Key, bool IsNew)?> RevokeAsync(
        ApiKeyId id, DateTimeOffset at, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        lock (change)
        {
            if (!keys.TryGetValue(id, out var key) || key.RevokedAt is not null)
            {
                return Task.FromResult<(ApiKeyRecord, bool)?>(key is null ? null : (key, false));
            }

            keys[id] = key with { RevokedAt = at };
            Events.Add(auditEvent);
            return Task.FromResult<(ApiKeyRecord, bool)?>((keys[id], true));
        }
    }

    public Task<IReadOnlyList<ApiKeyRecord>> ListAsync(Guid ownerId, ApiKeyId? before, int limit, CancellationToken cancellationToken)
    {
        lock (change)
        {
            return Task.FromResult<IReadOnlyList<ApiKeyRecord>>(
            [
                .. keys.Values.Where(key => key.OwnerId == ownerId && (before is null || Order(key.Id) < Order(before.Value)))
                    .OrderByDescending(key => Order(key.Id)).Take(limit),
            ]);
        }
    }

    private int CountLive(Guid ownerId, DateTimeOffset now) =>
        keys.Values.Count(key => key.OwnerId == ownerId && key.RevokedAt is null && !key.IsExpiredAt(now));

    private static UInt128 Order(ApiKeyId id) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(id.Value.ToByteArray(bigEndian: true));
}
