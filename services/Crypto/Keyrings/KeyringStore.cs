using System.Collections.Immutable;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>Keeps keyrings in Postgres. What changes several rows runs in one <see cref="KeyringTransaction"/>.</summary>
internal sealed class KeyringStore(NpgsqlDataSource database)
{
    internal const string SelectKeyrings =
        """
        SELECT k.name, k.algorithm, k.created_at, v.version, v.state, v.state_since, v.created_at, v.key_encryption_key, v.wrapped
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

    internal static async Task<IReadOnlyList<StoredKeyring>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        var keyrings = new List<StoredKeyring>();
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var name = reader.GetString(0);
            if (keyrings.Count == 0 || keyrings[^1].Description.Name != name)
            {
                var algorithm = StoredNames.Algorithm(reader.GetString(1));
                keyrings.Add(new StoredKeyring(new Keyring(name, algorithm, reader.GetFieldValue<DateTimeOffset>(2), []), ImmutableDictionary<int, WrappedVersion>.Empty));
            }

            var version = new KeyVersion(
                reader.GetInt32(3),
                StoredNames.State(reader.GetString(4)),
                reader.GetFieldValue<DateTimeOffset>(5),
                reader.GetFieldValue<DateTimeOffset>(6));
            var key = await reader.IsDBNullAsync(8, cancellationToken)
                ? null
                : new WrappedVersion(reader.GetGuid(7), reader.GetFieldValue<byte[]>(8));
            keyrings[^1] = keyrings[^1].With(version, key);
        }

        return keyrings;
    }
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
