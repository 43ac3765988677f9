using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.ApiKey;

/// <summary>
/// Keeps API keys in Postgres. A change and its audit event are one transaction, which sees the rows of its scope and no others. That an owner or
/// an organization has no more live keys than allowed holds because adding and succeeding take a lock of both first and count after it, and
/// nothing else makes a key live again. The owner's lock comes before the organization's, and both before any row's.
/// </summary>
internal sealed class PostgresApiKeyStore(KeyDatabase database, AuditOutbox outbox) : IApiKeyStore
{
    public async Task<ApiKeyRecord?> FindAsync(ApiKeyId id, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(RowScope.OfKey(id), cancellationToken);
        return await FindAsync(transaction, id, "", cancellationToken);
    }

    public async Task<int> CountLiveAsync(Guid ownerId, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(RowScope.OfOwner(ownerId), cancellationToken);
        return await CountAsync(transaction, "owner_id", KeyLocks.IsLive, ownerId, now, cancellationToken);
    }

    public async Task<AddResult> AddAsync(ApiKeyRecord key, KeyLimits limits, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(RowScope.OfOwner(key.OwnerId, key.OrganizationId), cancellationToken);
        await LockAsync(transaction, key.OwnerId, key.OrganizationId, cancellationToken);
        if (await CountAsync(transaction, "owner_id", KeyLocks.IsLive, key.OwnerId, key.CreatedAt, cancellationToken) >= limits.PerOwner)
        {
            return new AddResult.OwnerIsFull();
        }

        if (key.OrganizationId is { } organization
            && await CountAsync(transaction, "organization_id", KeyLocks.IsLive, organization, key.CreatedAt, cancellationToken) >= limits.PerOrganization)
        {
            return new AddResult.OrganizationIsFull();
        }

        var added = await InsertAsync(transaction, key, cancellationToken);
        await outbox.AddAsync(transaction.Inner, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new AddResult.Added(added);
    }

    public async Task<(ApiKeyRecord Before, ApiKeyRecord After)?> ChangeAsync(
        RowScope scope, ApiKeyId id, Func<ApiKeyRecord, KeyChange?> change, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(scope, cancellationToken);
        if (await FindAsync(transaction, id, "FOR UPDATE", cancellationToken) is not { } before)
        {
            return null;
        }

        if (change(before) is not var (next, auditEvent))
        {
            return (before, before);
        }

        var after = await UpdateAsync(transaction, next, cancellationToken);
        await outbox.AddAsync(transaction.Inner, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return (before, after);
    }

    public async Task<bool> RehashAsync(
        ApiKeyId id, SecretHash before, SecretHash after, KeyLookup? lookup, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(RowScope.OfKey(id), cancellationToken);
        await using var update = transaction.Command(
            """
            UPDATE api_keys SET secret_hash = $3, lookup = coalesce($4, lookup), import_salt = CASE WHEN $4 IS NULL THEN import_salt END
            WHERE id = $1 AND secret_hash = $2
            """,
            new() { Value = id.Value },
            new() { Value = before.Text },
            new() { Value = after.Text },
            new() { Value = (object?)lookup?.Bytes.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea });
        if (await update.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await outbox.AddAsync(transaction.Inner, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    public async Task<SuccessionResult?> SucceedAsync(
        RowScope scope, ApiKeyRecord found, KeyLimits limits, DateTimeOffset now, Func<ApiKeyRecord, KeySuccession?> succeed, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(scope, cancellationToken);
        await LockAsync(transaction, found.OwnerId, found.OrganizationId, cancellationToken);
        if (await FindAsync(transaction, found.Id, "FOR UPDATE", cancellationToken) is not { } before)
        {
            return null;
        }

        if (succeed(before) is not var (previous, successor, auditEvent, successorEvent))
        {
            return new SuccessionResult.Left(before);
        }

        if (await CountAsync(transaction, "owner_id", KeyLocks.IsValid, before.OwnerId, now, cancellationToken) >= 2 * limits.PerOwner
            || (before.OrganizationId is { } organization
                && await CountAsync(transaction, "organization_id", KeyLocks.IsValid, organization, now, cancellationToken) >= 2 * limits.PerOrganization))
        {
            return new SuccessionResult.Full();
        }

        // The successor first: the key refers to it.
        successor = await InsertAsync(transaction, successor, cancellationToken);
        previous = await UpdateAsync(transaction, previous, cancellationToken);
        await outbox.AddAsync(transaction.Inner, auditEvent, cancellationToken);
        await outbox.AddAsync(transaction.Inner, successorEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new SuccessionResult.Succeeded(previous, successor);
    }

    public async Task<IReadOnlyList<ApiKeyRecord>> RevokeAllAsync(
        RowScope scope,
        DateTimeOffset at,
        Func<ApiKeyRecord, AuditEvent> eventOf,
        Func<IReadOnlyList<ApiKeyRecord>, AuditEvent> summary,
        CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(scope, cancellationToken);
        await LockAsync(transaction, scope.Owner, scope.Organization, cancellationToken);

        // In order, so that an owner's and an organization's end do not wait for each other's rows.
        await using var update = transaction.Command(
            $"""
            WITH ending AS MATERIALIZED (
                SELECT id AS key FROM api_keys
                WHERE revoked_at IS NULL AND ($1 IS NULL OR owner_id = $1) AND ($2 IS NULL OR organization_id = $2)
                ORDER BY id FOR UPDATE)
            UPDATE api_keys SET revoked_at = $3 FROM ending WHERE id = key RETURNING {KeyRow.Columns}
            """,
            KeyRow.Id(scope.Owner),
            KeyRow.Id(scope.Organization),
            KeyRow.Time(at));
        var revoked = await KeyRow.ReadAllAsync(update, cancellationToken);
        foreach (var key in revoked)
        {
            await outbox.AddAsync(transaction.Inner, eventOf(key), cancellationToken);
        }

        await outbox.AddAsync(transaction.Inner, summary(revoked), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return revoked;
    }

    public async Task<IReadOnlyList<ApiKeyRecord>> ListAsync(
        RowScope scope, KeyFilter filter, ApiKeyId? before, int limit, CancellationToken cancellationToken)
    {
        await using var transaction = await database.BeginAsync(scope, cancellationToken);
        await using var select = transaction.Command(
            $"""
            SELECT {KeyRow.Columns} FROM api_keys
            WHERE ($1 IS NULL OR owner_id = $1)
              AND ($2 IS NULL OR organization_id = $2)
              AND ($3 IS NULL OR id < $3)
              AND ($4 < 0 OR $4 = CASE WHEN revoked_at IS NOT NULL THEN {(int)KeyState.Revoked} WHEN expires_at <= $5 THEN {(int)KeyState.Expired}
                                       WHEN disabled_at IS NOT NULL THEN {(int)KeyState.Disabled} WHEN successor_id IS NOT NULL THEN {(int)KeyState.Rotated}
                                       ELSE {(int)KeyState.Enabled} END)
              AND starts_with(name, $6)
              AND ($7 IS NULL OR expires_at < $7)
              AND ($8 = '' OR $8 = ANY (scopes))
            ORDER BY id DESC LIMIT $9
            """,
            KeyRow.Id(filter.Owner),
            KeyRow.Id(filter.Organization),
            KeyRow.Id(before?.Value),
            new() { Value = filter.State is { } state ? (int)state : -1 },
            KeyRow.Time(filter.Now),
            new() { Value = filter.NamePrefix },
            KeyRow.Time(filter.ExpiresBefore),
            new() { Value = filter.Scope },
            new() { Value = limit });
        return await KeyRow.ReadAllAsync(select, cancellationToken);
    }

    private static async Task<ApiKeyRecord?> FindAsync(KeyTransaction transaction, ApiKeyId id, string locking, CancellationToken cancellationToken)
    {
        await using var select = transaction.Command($"SELECT {KeyRow.Columns} FROM api_keys WHERE id = $1 {locking}", new NpgsqlParameter { Value = id.Value });
        return await KeyRow.ReadOneAsync(select, cancellationToken);
    }

    private static async Task<ApiKeyRecord> InsertAsync(KeyTransaction transaction, ApiKeyRecord key, CancellationToken cancellationToken)
    {
        await using var insert = transaction.Command(
            $"INSERT INTO api_keys ({KeyRow.Names}) VALUES ({KeyRow.Values}) RETURNING {KeyRow.Columns}", KeyRow.Parameters(key));
        return await KeyRow.ReadOneAsync(insert, cancellationToken) ?? throw new InvalidOperationException("An inserted key was not returned.");
    }

    private static async Task<ApiKeyRecord> UpdateAsync(KeyTransaction transaction, ApiKeyRecord key, CancellationToken cancellationToken)
    {
        await using var update = transaction.Command(
            $"UPDATE api_keys SET ({KeyRow.Names}) = ROW({KeyRow.Values}) WHERE id = $1 RETURNING {KeyRow.Columns}", KeyRow.Parameters(key));
        return await KeyRow.ReadOneAsync(update, cancellationToken) ?? throw new InvalidOperationException("A key that is locked is gone.");
    }

    private static async Task<int> CountAsync(
        KeyTransaction transaction, string column, string which, Guid whose, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var count = transaction.Command(
            $"SELECT count(*)::integer FROM api_keys WHERE {column} = $1 AND {which}", new NpgsqlParameter { Value = whose }, KeyRow.Time(now));
        return (int)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    private static Task LockAsync(KeyTransaction transaction, Guid? owner, Guid? organization, CancellationToken cancellationToken) => KeyLocks.TakeAsync(
        transaction,
        [.. owner is { } his ? [KeyLocks.OfOwner(his)] : Array.Empty<string>(), .. organization is { } its ? [KeyLocks.OfOrganization(its)] : Array.Empty<string>()],
        cancellationToken);
}
