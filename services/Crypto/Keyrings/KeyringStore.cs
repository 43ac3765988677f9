using System.Collections.Immutable;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>Keeps keyrings in Postgres. What changes several rows runs in one <see cref="KeyringTransaction"/>.</summary>
internal sealed class KeyringStore(ServiceDatabase database)
{
    internal const string SelectKeyrings =
        """
        SELECT k.name, k.algorithm, k.created_at, k.rotation_seconds, k.min_decryption_version, k.destroy_at, k.destroyed_at,
               v.version, v.state, v.state_since, v.created_at, v.activate_at, v.destroy_at, v.messages_reserved, v.key_encryption_key, v.wrapped
        FROM keyrings k JOIN key_versions v ON v.keyring = k.name
        """;

    /// <summary>Runs work in one transaction; what it throws undoes it.</summary>
    public async Task<T> InTransactionAsync<T>(Func<KeyringTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var result = await work(new KeyringTransaction(transaction));
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <summary>Returns a keyring, or null where there is none of this name.</summary>
    public async Task<StoredKeyring?> FindAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"{SelectKeyrings} WHERE k.name = $1 ORDER BY v.version");
        command.Parameters.Add(new() { Value = name });
        return (await ReadAsync(command, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Returns keyrings in the order of their names (by bytes), those after <paramref name="after"/>.</summary>
    public async Task<IReadOnlyList<StoredKeyring>> ListAsync(string after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"""
             {SelectKeyrings}
             WHERE k.name IN (SELECT name FROM keyrings WHERE name > $1 ORDER BY name LIMIT $2)
             ORDER BY k.name, v.version
             """);
        command.Parameters.Add(new() { Value = after });
        command.Parameters.Add(new() { Value = limit });
        return await ReadAsync(command, cancellationToken);
    }

    /// <summary>Returns the names of keyrings for which something is due: a rotation, an activation, a destruction.</summary>
    public async Task<IReadOnlyList<string>> ListDueAsync(DateTimeOffset now, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            """
            SELECT name FROM keyrings k
            WHERE destroyed_at IS NULL AND (
                destroy_at <= $1
                OR EXISTS (SELECT FROM key_versions WHERE keyring = k.name AND destroy_at <= $1)
                OR destroy_at IS NULL AND (
                    EXISTS (SELECT FROM key_versions WHERE keyring = k.name AND activate_at <= $1 AND destroy_at IS NULL)
                    OR EXISTS (SELECT FROM key_versions WHERE keyring = k.name AND state = 'active' AND messages_reserved >= $3)
                    OR (SELECT max(created_at) FROM key_versions WHERE keyring = k.name) <= $1 - make_interval(secs => rotation_seconds)))
            ORDER BY name LIMIT $2
            """);
        command.Parameters.Add(KeyringTransaction.Time(now));
        command.Parameters.Add(new() { Value = limit });
        command.Parameters.Add(new() { Value = MessageBudget.RotationThreshold });
        var names = new List<string>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            names.Add(reader.GetString(0));
        }

        return names;
    }

    internal static async Task<IReadOnlyList<StoredKeyring>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var keyrings = new List<StoredKeyring>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var name = reader.GetString(0);
            if (keyrings.Count == 0 || keyrings[^1].Description.Name != name)
            {
                keyrings.Add(new StoredKeyring(Describe(reader, name), ImmutableDictionary<int, WrappedVersion>.Empty));
            }

            keyrings[^1] = keyrings[^1].With(
                new KeyVersion(reader.GetInt32(7), StoredNames.State(reader.GetString(8)), reader.GetFieldValue<DateTimeOffset>(9), reader.GetFieldValue<DateTimeOffset>(10))
                {
                    ActivateAt = TimeOrNull(reader, 11),
                    DestroyAt = TimeOrNull(reader, 12),
                    MessagesReserved = reader.GetInt64(13),
                },
                reader.IsDBNull(15) ? null : new WrappedVersion(reader.GetGuid(14), reader.GetFieldValue<byte[]>(15)));
        }

        return keyrings;
    }

    private static Keyring Describe(NpgsqlDataReader reader, string name) =>
        new(name, StoredNames.Algorithm(reader.GetString(1)), reader.GetFieldValue<DateTimeOffset>(2), [])
        {
            RotationPeriod = reader.IsDBNull(3) ? null : TimeSpan.FromSeconds(reader.GetInt64(3)),
            MinDecryptionVersion = reader.GetInt32(4),
            DestroyAt = TimeOrNull(reader, 5),
            DestroyedAt = TimeOrNull(reader, 6),
        };

    private static DateTimeOffset? TimeOrNull(NpgsqlDataReader reader, int column) =>
        reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}

/// <summary>A keyring as it is stored.</summary>
/// <param name="Description">What it is.</param>
/// <param name="Keys">The sealed keys by version; a destroyed version has none.</param>
internal sealed record StoredKeyring(Keyring Description, ImmutableDictionary<int, WrappedVersion> Keys)
{
    /// <summary>Returns the keyring with one version more.</summary>
    public StoredKeyring With(KeyVersion version, WrappedVersion? key) => new(
        Description with { Versions = Description.Versions.Add(version) },
        key is null ? Keys : Keys.Add(version.Number, key));
}
