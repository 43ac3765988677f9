using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>Reads key-encryption keys and what they seal, and stores what was sealed anew. One statement each.</summary>
internal sealed class KeyEncryptionKeyStore(ServiceDatabase database)
{
    internal const string SelectKeys = "SELECT id, state, root_key, wrapped, created_at, unused_since FROM key_encryption_keys";

    /// <summary>Returns every key-encryption key, oldest first.</summary>
    public async Task<IReadOnlyList<StoredKeyEncryptionKey>> ListAsync(CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"{SelectKeys} ORDER BY id");
        return await ReadAsync(select, cancellationToken);
    }

    /// <summary>Counts the keys that each key-encryption key seals; one that seals none is not among them.</summary>
    public async Task<IReadOnlyDictionary<Guid, long>> CountSealedAsync(CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            """
            SELECT key_encryption_key, count(*)
            FROM (SELECT key_encryption_key FROM key_versions UNION ALL SELECT key_encryption_key FROM certificate_authorities) sealed
            WHERE key_encryption_key IS NOT NULL GROUP BY 1
            """);
        var counts = new Dictionary<Guid, long>();
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            counts.Add(reader.GetGuid(0), reader.GetInt64(1));
        }

        return counts;
    }

    /// <summary>Returns keys that a key-encryption key seals, at most so many.</summary>
    public async Task<IReadOnlyList<SealedKey>> ListSealedAsync(Guid keyEncryptionKey, int limit, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            """
            SELECT v.keyring, v.version, k.algorithm, NULL::uuid, NULL::bytea, v.wrapped
            FROM key_versions v JOIN keyrings k ON k.name = v.keyring WHERE v.key_encryption_key = $1
            UNION ALL
            SELECT NULL, 0, NULL, id, sha256(certificate), wrapped FROM certificate_authorities WHERE key_encryption_key = $1
            LIMIT $2
            """);
        select.Parameters.Add(new() { Value = keyEncryptionKey });
        select.Parameters.Add(new() { Value = limit });
        var found = new List<SealedKey>();
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var key = new WrappedVersion(keyEncryptionKey, reader.GetFieldValue<byte[]>(5));
            found.Add(reader.IsDBNull(0)
                ? new SealedKey.Authority(key, reader.GetGuid(3), WrappedKey.AuthorityKeyLabel(reader.GetGuid(3), reader.GetFieldValue<byte[]>(4)))
                : new SealedKey.Version(
                    key,
                    reader.GetString(0),
                    reader.GetInt32(1),
                    WrappedKey.KeyVersionLabel(reader.GetString(0), reader.GetInt32(1), StoredNames.Algorithm(reader.GetString(2)))));
        }

        return found;
    }

    /// <summary>Stores a key as it was sealed anew, unless what is stored has changed meanwhile: it was destroyed, or sealed anew by another replica.</summary>
    public async Task ReplaceAsync(SealedKey old, WrappedVersion by, CancellationToken cancellationToken)
    {
        await using var update = database.CreateCommand(old switch
        {
            SealedKey.Version => "UPDATE key_versions SET key_encryption_key = $1, wrapped = $2 WHERE wrapped = $3 AND keyring = $4 AND version = $5",
            _ => "UPDATE certificate_authorities SET key_encryption_key = $1, wrapped = $2 WHERE wrapped = $3 AND id = $4",
        });
        update.Parameters.Add(new() { Value = by.KeyEncryptionKey });
        update.Parameters.Add(new() { Value = by.Wrapped });
        update.Parameters.Add(new() { Value = old.Key.Wrapped });
        switch (old)
        {
            case SealedKey.Version version:
                update.Parameters.Add(new() { Value = version.Keyring });
                update.Parameters.Add(new() { Value = version.Number });
                break;
            case SealedKey.Authority authority:
                update.Parameters.Add(new() { Value = authority.Id });
                break;
        }

        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Stores since when a retired key is known to seal nothing, or that it is not.</summary>
    public async Task SetUnusedAsync(Guid keyEncryptionKey, DateTimeOffset? since, CancellationToken cancellationToken)
    {
        await using var update = database.CreateCommand("UPDATE key_encryption_keys SET unused_since = $2 WHERE id = $1 AND state = 'retired'");
        update.Parameters.Add(new() { Value = keyEncryptionKey });
        update.Parameters.Add(KeyringTransaction.Time(since));
        await update.ExecuteNonQueryAsync(cancellationToken);
    }

    internal static async Task<IReadOnlyList<StoredKeyEncryptionKey>> ReadAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var keys = new List<StoredKeyEncryptionKey>();
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            keys.Add(new StoredKeyEncryptionKey(
                reader.GetGuid(0),
                StoredKeyEncryptionKey.StateOf(reader.GetString(1)),
                reader.GetString(2),
                reader.GetFieldValue<byte[]>(3),
                reader.GetFieldValue<DateTimeOffset>(4),
                reader.IsDBNull(5) ? null : reader.GetFieldValue<DateTimeOffset>(5)));
        }

        return keys;
    }
}

/// <summary>A key as it is stored, and what is bound to it.</summary>
/// <param name="Key">The sealed key.</param>
/// <param name="Label">What it is.</param>
internal abstract record SealedKey(WrappedVersion Key, byte[] Label)
{
    /// <summary>The key of a version.</summary>
    public sealed record Version(WrappedVersion Key, string Keyring, int Number, byte[] Label) : SealedKey(Key, Label);

    /// <summary>The key of a certificate authority.</summary>
    public sealed record Authority(WrappedVersion Key, Guid Id, byte[] Label) : SealedKey(Key, Label);
}
