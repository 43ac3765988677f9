using System.Runtime.CompilerServices;
using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Crypto;

/// <summary>
/// Knows every place where something lies sealed under the keyring <c>secrets</c>. A value is replaced where it still is what was read, so whoever
/// writes at the same time wins.
/// </summary>
internal sealed class SealedValues(ServiceDatabase database)
{
    private static readonly Place[] Places =
    [
        new(
            "sealed",
            "SELECT ARRAY[secret::text, path, version::text], sealed FROM secret_versions JOIN secrets ON id = secret WHERE sealed IS NOT NULL",
            "UPDATE secret_versions SET sealed = $3 WHERE secret = $1[1]::uuid AND version = $1[3]::int AND sealed = $2",
            key => SecretSeal.ContextOf(Guid.Parse(key[0]), key[1], int.Parse(key[2]))),
        new(
            "sealed",
            "SELECT ARRAY[name], sealed FROM databases WHERE true",
            "UPDATE databases SET sealed = $3 WHERE name = $1[1] AND sealed = $2",
            key => DatabaseRegistry.ContextOf(key[0])),
        OfAccount("sealed_a", "'a'"),
        OfAccount("sealed_b", "'b'"),
        OfAccount("sealed_next", "CASE current WHEN 'a' THEN 'b' ELSE 'a' END"),
    ];

    /// <summary>Reads what is sealed under versions before one.</summary>
    public async IAsyncEnumerable<SealedValue> ReadBeforeAsync(int version, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var place in Places)
        {
            await using var select = database.CreateCommand($"{place.Select} AND {VersionOf(place.Column)} < $1");
            select.Parameters.Add(new() { Value = version });
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
            {
                var key = reader.GetFieldValue<string[]>(0);
                yield return new SealedValue(place.Update, key, reader.GetString(1), place.Context(key));
            }
        }
    }

    /// <summary>Counts what is sealed under a version.</summary>
    public async Task<long> CountAsync(int version, CancellationToken cancellationToken)
    {
        var parts = Places.Select(place => $"({place.Select} AND {VersionOf(place.Column)} = $1)");
        await using var count = database.CreateCommand($"SELECT count(*) FROM ({string.Join(" UNION ALL ", parts)}) AS sealed_values");
        count.Parameters.Add(new() { Value = version });
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Replaces values, each by what is said. Returns how many still were what had been read.</summary>
    public async Task<int> ReplaceAsync(IReadOnlyCollection<(SealedValue Value, string By)> changes, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
        {
            return 0;
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection);
        foreach (var (value, by) in changes)
        {
            batch.BatchCommands.Add(new(value.Update)
            {
                Parameters = { new() { Value = value.Key, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text }, new() { Value = value.Ciphertext }, new() { Value = by } },
            });
        }

        return await batch.ExecuteNonQueryAsync(cancellationToken);
    }

    // As the index has it. Null where somebody wrote something else into the column.
    private static string VersionOf(string column) => $$"""substring({{column}} FROM '^mcs1\.secrets\.([0-9]{1,9})\.')::int""";

    private static Place OfAccount(string column, string login) => new(
        column,
        $"SELECT ARRAY[workload, {login}], {column} FROM database_accounts WHERE {column} IS NOT NULL",
        $"UPDATE database_accounts SET {column} = $3 WHERE workload = $1[1] AND {column} = $2",
        key => StoredAccount.ContextOf(key[0], key[1]));

    private sealed record Place(string Column, string Select, string Update, Func<string[], byte[]> Context);
}

/// <summary>A sealed value in its place.</summary>
/// <param name="Update">How it is replaced.</param>
/// <param name="Key">Where it lies.</param>
/// <param name="Ciphertext">The value, sealed.</param>
/// <param name="Context">What it is bound to.</param>
internal sealed record SealedValue(string Update, string[] Key, string Ciphertext, byte[] Context);
