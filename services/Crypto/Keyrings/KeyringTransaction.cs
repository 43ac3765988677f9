using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Crypto;

/// <summary>
/// Changes keyrings in one transaction. At its end a keyring has one active version (a unique index forbids a second), and its version
/// numbers have no gaps.
/// </summary>
internal sealed class KeyringTransaction(NpgsqlTransaction transaction)
{
    /// <summary>Gets the transaction, for what commits with it.</summary>
    public NpgsqlTransaction Database => transaction;

    /// <summary>Adds a keyring without versions. Returns false where the name is taken; waits for whoever is taking it.</summary>
    public async Task<bool> TryAddAsync(string name, KeyAlgorithm algorithm, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var insert = Command("INSERT INTO keyrings (name, algorithm, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING");
        insert.Parameters.Add(new() { Value = name });
        insert.Parameters.Add(new() { Value = StoredNames.Of(algorithm) });
        insert.Parameters.Add(Time(now));
        return await insert.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    /// <summary>Locks a keyring until the transaction ends and returns it, or null where there is none of this name.</summary>
    public async Task<StoredKeyring?> LockAsync(string name, CancellationToken cancellationToken)
    {
        await using (var @lock = Command("SELECT FROM keyrings WHERE name = $1 FOR UPDATE"))
        {
            @lock.Parameters.Add(new() { Value = name });
            await @lock.ExecuteNonQueryAsync(cancellationToken);
        }

        // A statement of its own: it sees what the holder of the lock before us has committed.
        await using var select = Command($"{KeyringStore.SelectKeyrings} WHERE k.name = $1 ORDER BY v.version");
        select.Parameters.Add(new() { Value = name });
        return (await KeyringStore.ReadAsync(select, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Adds a version, pending until a time or active at once. The keyring must be locked or new, and have no other active version.</summary>
    public async Task AddVersionAsync(
        string keyring, int version, DateTimeOffset? activateAt, WrappedVersion key, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var insert = Command(
            """
            INSERT INTO key_versions (keyring, version, state, state_since, created_at, activate_at, key_encryption_key, wrapped)
            VALUES ($1, $2, $3, $4, $4, $5, $6, $7)
            """);
        insert.Parameters.Add(new() { Value = keyring });
        insert.Parameters.Add(new() { Value = version });
        insert.Parameters.Add(new() { Value = StoredNames.Of(activateAt is null ? KeyState.Active : KeyState.Pending) });
        insert.Parameters.Add(Time(now));
        insert.Parameters.Add(Time(activateAt));
        insert.Parameters.Add(new() { Value = key.KeyEncryptionKey });
        insert.Parameters.Add(new() { Value = key.Wrapped });
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Takes a version to another state; destroyed takes its key too. The keyring must be locked.</summary>
    /// <exception cref="InvalidOperationException">No such step is in <see cref="KeyTransitions"/>.</exception>
    public async Task MoveAsync(string keyring, KeyVersion version, KeyState to, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (!KeyTransitions.Allows(version.State, to))
        {
            throw new InvalidOperationException($"Version {version.Number} of keyring {keyring} cannot go from {version.State} to {to}.");
        }

        await using var update = Command(
            """
            UPDATE key_versions
            SET state = $3, state_since = $4, activate_at = NULL,
                destroy_at = CASE WHEN $5 THEN NULL ELSE destroy_at END,
                key_encryption_key = CASE WHEN $5 THEN NULL ELSE key_encryption_key END,
                wrapped = CASE WHEN $5 THEN NULL ELSE wrapped END
            WHERE keyring = $1 AND version = $2
            """);
        update.Parameters.Add(new() { Value = keyring });
        update.Parameters.Add(new() { Value = version.Number });
        update.Parameters.Add(new() { Value = StoredNames.Of(to) });
        update.Parameters.Add(Time(now));
        update.Parameters.Add(new() { Value = to == KeyState.Destroyed });
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Sets when a version is to be destroyed, or that it is not. The keyring must be locked.</summary>
    public async Task SetDestructionAsync(string keyring, int version, DateTimeOffset? at, CancellationToken cancellationToken)
    {
        await using var update = Command("UPDATE key_versions SET destroy_at = $3 WHERE keyring = $1 AND version = $2");
        update.Parameters.Add(new() { Value = keyring });
        update.Parameters.Add(new() { Value = version });
        update.Parameters.Add(Time(at));
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Stores what of a keyring is not of its versions. The keyring must be locked.</summary>
    public async Task UpdateAsync(Keyring keyring, CancellationToken cancellationToken)
    {
        await using var update = Command(
            "UPDATE keyrings SET rotation_seconds = $2, min_decryption_version = $3, destroy_at = $4, destroyed_at = $5 WHERE name = $1");
        update.Parameters.Add(new() { Value = keyring.Name });
        update.Parameters.Add(new() { Value = (object?)(long?)keyring.RotationPeriod?.TotalSeconds ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bigint });
        update.Parameters.Add(new() { Value = keyring.MinDecryptionVersion });
        update.Parameters.Add(Time(keyring.DestroyAt));
        update.Parameters.Add(Time(keyring.DestroyedAt));
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Waits until no other transaction holds the hierarchy, then returns every key-encryption key.</summary>
    public async Task<IReadOnlyList<StoredKeyEncryptionKey>> LockHierarchyAsync(CancellationToken cancellationToken)
    {
        await using (var @lock = Command("LOCK TABLE key_encryption_keys IN SHARE ROW EXCLUSIVE MODE"))
        {
            await @lock.ExecuteNonQueryAsync(cancellationToken);
        }

        await using var select = Command($"{KeyEncryptionKeyStore.SelectKeys} ORDER BY id");
        return await KeyEncryptionKeyStore.ReadAsync(select, cancellationToken);
    }

    /// <summary>Adds a key-encryption key. The hierarchy must be locked.</summary>
    public async Task AddAsync(StoredKeyEncryptionKey key, CancellationToken cancellationToken)
    {
        await using var insert = Command("INSERT INTO key_encryption_keys (id, state, root_key, wrapped, created_at) VALUES ($1, $2, $3, $4, $5)");
        insert.Parameters.Add(new() { Value = key.Id });
        insert.Parameters.Add(new() { Value = StoredKeyEncryptionKey.StoredName(key.State) });
        insert.Parameters.Add(new() { Value = key.RootKey });
        insert.Parameters.Add(new() { Value = key.Wrapped });
        insert.Parameters.Add(Time(key.CreatedAt));
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Stores a key-encryption key as another root key sealed it. The hierarchy must be locked.</summary>
    public async Task SealAnewAsync(StoredKeyEncryptionKey key, CancellationToken cancellationToken)
    {
        await using var update = Command("UPDATE key_encryption_keys SET root_key = $2, wrapped = $3 WHERE id = $1");
        update.Parameters.Add(new() { Value = key.Id });
        update.Parameters.Add(new() { Value = key.RootKey });
        update.Parameters.Add(new() { Value = key.Wrapped });
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Runs a statement about one key-encryption key, <c>$1</c>. The hierarchy must be locked. Returns how many rows it changed.</summary>
    public async Task<int> RunAsync(string sql, Guid keyEncryptionKey, CancellationToken cancellationToken)
    {
        await using var command = Command(sql);
        command.Parameters.Add(new() { Value = keyEncryptionKey });
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    internal static NpgsqlParameter Time(DateTimeOffset? value) =>
        new() { Value = (object?)value?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private NpgsqlCommand Command(string sql) => new(sql, transaction.Connection, transaction);
}
