using System.Runtime.CompilerServices;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Crypto;

/// <summary>
/// Knows every place where something lies sealed under the keyring <c>secrets</c>. A value is replaced where it still is what was read, so whoever
/// writes at the same time wins.
/// </summary>
internal sealed class SealedValues(ServiceDatabase database, AuditOutbox outbox)
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

    /// <summary>Says why versions of a keyring have to go on decrypting, from one to before another, or null where nothing is sealed under them.</summary>
    public async Task<ChangeResult.Protected?> WhyNeededAsync(string keyring, int from, int before, CancellationToken cancellationToken) =>
        await CountAsync(keyring, from, before, cancellationToken) is > 0 and var left
            ? new ChangeResult.Protected($"{left} values of this service are sealed under what would no longer decrypt: let it decrypt, and after a rotation they are sealed anew within moments.")
            : null;

    /// <summary>Counts what is sealed under versions of a keyring, from one to before another.</summary>
    public async Task<long> CountAsync(string keyring, int from, int before, CancellationToken cancellationToken)
    {
        if (keyring != BuiltInKeyrings.Secrets)
        {
            return 0;
        }

        var parts = Places.Select(place => $"({place.Select} AND {VersionOf(place.Column)} >= $1 AND {VersionOf(place.Column)} < $2)");
        await using var count = database.CreateCommand($"SELECT count(*) FROM ({string.Join(" UNION ALL ", parts)}) AS sealed_values");
        count.Parameters.Add(new() { Value = from });
        count.Parameters.Add(new() { Value = before });
        return (long)(await count.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>Replaces values, each by what is said, where it still is what had been read. If any is, the event says how many, and commits with them.</summary>
    public async Task ReplaceAsync(IReadOnlyCollection<(SealedValue Value, string By)> changes, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        if (changes.Count == 0)
        {
            return;
        }

        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var batch = new NpgsqlBatch(connection, transaction);
        foreach (var (value, by) in changes)
        {
            batch.BatchCommands.Add(new(value.Update)
            {
                Parameters = { new() { Value = value.Key, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text }, new() { Value = value.Ciphertext }, new() { Value = by } },
            });
        }

        if (await batch.ExecuteNonQueryAsync(cancellationToken) is > 0 and var replaced)
        {
            await outbox.AddAsync(transaction, auditEvent.With("values", $"{replaced}"), cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
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
