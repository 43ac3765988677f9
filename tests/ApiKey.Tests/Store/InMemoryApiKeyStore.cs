using McpSecure.Audit.V1;

namespace McpSecure.ApiKey.Tests;

/// <summary>Keeps keys in memory, for the rules' tests; held to the same contract as Postgres.</summary>
internal sealed class InMemoryApiKeyStore : IApiKeyStore, IImportStore
{
    private readonly Lock change = new();
    private readonly Dictionary<ApiKeyId, ApiKeyRecord> keys = [];

    /// <summary>Gets what finds imported keys; a salt is in use while its key is.</summary>
    public Dictionary<KeyLookup, (ApiKeyId Id, byte[]? Salt)> Lookups { get; } = [];

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
            return Task.FromResult(Count(key => key.OwnerId == ownerId && IsLive(key, now)));
        }
    }

    public Task<AddResult> AddAsync(ApiKeyRecord key, KeyLimits limits, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        lock (change)
        {
            if (Count(one => one.OwnerId == key.OwnerId && IsLive(one, key.CreatedAt)) >= limits.PerOwner)
            {
                return Task.FromResult<AddResult>(new AddResult.OwnerIsFull());
            }

            if (key.OrganizationId is { } organization && Count(one => one.OrganizationId == organization && IsLive(one, key.CreatedAt)) >= limits.PerOrganization)
            {
                return Task.FromResult<AddResult>(new AddResult.OrganizationIsFull());
            }

            keys.Add(key.Id, key);
            Events.Add(auditEvent);
            return Task.FromResult<AddResult>(new AddResult.Added(key));
        }
    }

    public Task<(ApiKeyRecord Before, ApiKeyRecord After)?> ChangeAsync(
        RowScope scope, ApiKeyId id, Func<ApiKeyRecord, KeyChange?> change, CancellationToken cancellationToken)
    {
        lock (this.change)
        {
            if (!keys.TryGetValue(id, out var before) || !scope.Holds(before))
            {
                return Task.FromResult<(ApiKeyRecord, ApiKeyRecord)?>(null);
            }

            if (change(before) is var (next, auditEvent))
            {
                keys[id] = next;
                Events.Add(auditEvent);
            }

            return Task.FromResult<(ApiKeyRecord, ApiKeyRecord)?>((before, keys[id]));
        }
    }

    public Task<bool> RehashAsync(
        ApiKeyId id, SecretHash before, SecretHash after, KeyLookup? lookup, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        lock (change)
        {
            if (!keys.TryGetValue(id, out var key) || key.SecretHash != before)
            {
                return Task.FromResult(false);
            }

            keys[id] = key with { SecretHash = after };
            Events.Add(auditEvent);
            if (lookup is { } next)
            {
                Lookups.Remove(Lookups.Single(one => one.Value.Id == id).Key);
                Lookups.Add(next, (id, null));
            }

            return Task.FromResult(true);
        }
    }

    public Task<ImportState> ReadStateAsync(CancellationToken cancellationToken)
    {
        lock (change)
        {
            return Task.FromResult(new ImportState(
                Lookups.Count > 0, [.. Lookups.Values.Select(found => found.Salt).OfType<byte[]>().Select(salt => new ReadOnlyMemory<byte>(salt))]));
        }
    }

    public Task<ImportResult> ImportAsync(
        ImportBatch batch, KeyLimits limits, Func<ApiKeyRecord, AuditEvent> eventOf, Func<int, AuditEvent> summary, CancellationToken cancellationToken) =>
        throw new NotSupportedException("Imports are tested on Postgres.");

    public Task<ApiKeyId?> FindAsync(IReadOnlyList<KeyLookup> lookups, CancellationToken cancellationToken)
    {
        lock (change)
        {
            Reads++;
            return Task.FromResult(lookups.Where(Lookups.ContainsKey).Select(lookup => (ApiKeyId?)Lookups[lookup].Id).FirstOrDefault());
        }
    }

    public Task<SuccessionResult?> SucceedAsync(
        RowScope scope, ApiKeyRecord found, KeyLimits limits, DateTimeOffset now, Func<ApiKeyRecord, KeySuccession?> succeed, CancellationToken cancellationToken)
    {
        lock (change)
        {
            if (!keys.TryGetValue(found.Id, out var before) || !scope.Holds(before))
            {
                return Task.FromResult<SuccessionResult?>(null);
            }

            if (succeed(before) is not var (previous, successor, auditEvent, successorEvent))
            {
                return Task.FromResult<SuccessionResult?>(new SuccessionResult.Left(before));
            }

            if (Count(one => one.OwnerId == before.OwnerId && IsValid(one, now)) >= 2 * limits.PerOwner
                || (before.OrganizationId is { } organization && Count(one => one.OrganizationId == organization && IsValid(one, now)) >= 2 * limits.PerOrganization))
            {
                return Task.FromResult<SuccessionResult?>(new SuccessionResult.Full());
            }

            keys[previous.Id] = previous;
            keys.Add(successor.Id, successor);
            Events.AddRange([auditEvent, successorEvent]);
            return Task.FromResult<SuccessionResult?>(new SuccessionResult.Succeeded(previous, successor));
        }
    }

    public Task<IReadOnlyList<ApiKeyRecord>> RevokeAllAsync(
        RowScope scope,
        DateTimeOffset at,
        Func<ApiKeyRecord, AuditEvent> eventOf,
        Func<IReadOnlyList<ApiKeyRecord>, AuditEvent> summary,
        CancellationToken cancellationToken)
    {
        lock (change)
        {
            IReadOnlyList<ApiKeyRecord> revoked = [.. keys.Values.Where(key => key.RevokedAt is null && scope.Holds(key)).Select(key => key with { RevokedAt = at })];
            foreach (var key in revoked)
            {
                keys[key.Id] = key;
                Events.Add(eventOf(key));
            }

            Events.Add(summary(revoked));
            return Task.FromResult(revoked);
        }
    }

    public Task<IReadOnlyList<ApiKeyRecord>> ListAsync(RowScope scope, KeyFilter filter, ApiKeyId? before, int limit, CancellationToken cancellationToken)
    {
        lock (change)
        {
            return Task.FromResult<IReadOnlyList<ApiKeyRecord>>(
            [
                .. keys.Values.Where(key => scope.Holds(key) && filter.Takes(key) && (before is null || Order(key.Id) < Order(before.Value)))
                    .OrderByDescending(key => Order(key.Id)).Take(limit),
            ]);
        }
    }

    private int Count(Func<ApiKeyRecord, bool> which) => keys.Values.Count(which);

    private static bool IsValid(ApiKeyRecord key, DateTimeOffset now) => key.RevokedAt is null && !key.IsExpiredAt(now);

    private static bool IsLive(ApiKeyRecord key, DateTimeOffset now) => IsValid(key, now) && key.SuccessorId is null;

    private static UInt128 Order(ApiKeyId id) => System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(id.Value.ToByteArray(bigEndian: true));
}
