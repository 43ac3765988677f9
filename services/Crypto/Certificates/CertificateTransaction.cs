using System.Security.Cryptography;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Crypto;

/// <summary>
/// Changes authorities, certificates and revocations in one transaction. Locks are taken in one order: a workload, then the authorities.
/// A list is signed and a revocation entered under the lock of the authorities, so each list names all that was revoked before it.
/// </summary>
internal sealed class CertificateTransaction(NpgsqlTransaction transaction)
{
    /// <summary>Gets the transaction, for what commits with it.</summary>
    public NpgsqlTransaction Database => transaction;

    /// <summary>Waits until nobody else certifies this workload or revokes its certificates.</summary>
    public Task LockWorkloadAsync(string workload, CancellationToken cancellationToken) =>
        RunAsync("SELECT pg_advisory_xact_lock(hashtextextended('certificates/' || $1, 0))", cancellationToken, Text(workload));

    /// <summary>Locks the authorities of the bundle until the transaction ends and returns them, oldest first.</summary>
    public async Task<IReadOnlyList<CertificateAuthority>> LockAuthoritiesAsync(CancellationToken cancellationToken)
    {
        // Of the table: one that is being added counts too. Reading goes on.
        await RunAsync("LOCK TABLE certificate_authorities IN SHARE ROW EXCLUSIVE MODE", cancellationToken);
        return await AuthoritiesAsync(cancellationToken);
    }

    /// <summary>Returns the authorities of the bundle, oldest first.</summary>
    public async Task<IReadOnlyList<CertificateAuthority>> AuthoritiesAsync(CancellationToken cancellationToken)
    {
        await using var select = Command($"{CertificateStore.SelectAuthorities} ORDER BY id");
        return await CertificateStore.ReadAuthoritiesAsync(select, cancellationToken);
    }

    /// <summary>Returns the certificates of authorities that were taken out of the bundle before their end, DER.</summary>
    public async Task<IReadOnlyList<byte[]>> RemovedAuthoritiesAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var removed = new List<byte[]>();
        await using var select = Command("SELECT certificate FROM certificate_authorities WHERE removed_at IS NOT NULL AND expires_at > $1", Time(now));
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            removed.Add(reader.GetFieldValue<byte[]>(0));
        }

        return removed;
    }

    /// <summary>Tells whether this very authority was ever in the bundle.</summary>
    public async Task<bool> KnowsAsync(byte[] authority, CancellationToken cancellationToken)
    {
        await using var select = Command("SELECT EXISTS (SELECT FROM certificate_authorities WHERE sha256(certificate) = sha256($1))", Bytes(authority));
        return await select.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Adds an authority to the bundle. The authorities must be locked.</summary>
    public Task AddAsync(CertificateAuthority authority, DateTimeOffset now, CancellationToken cancellationToken) => RunAsync(
        """
        INSERT INTO certificate_authorities (id, certificate, imported, published_at, issues_from, expires_at, key_encryption_key, wrapped)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        """,
        cancellationToken,
        new() { Value = authority.Id },
        Bytes(authority.Certificate),
        new() { Value = authority.Imported },
        Time(now),
        Time(authority.IssuesFrom),
        Time(authority.ExpiresAt),
        new() { Value = authority.Key.KeyEncryptionKey },
        Bytes(authority.Key.Wrapped));

    /// <summary>Takes an authority out of the bundle and destroys its key. The authorities must be locked.</summary>
    public Task RemoveAsync(Guid authority, DateTimeOffset now, CancellationToken cancellationToken) => RunAsync(
        """
        UPDATE certificate_authorities
        SET removed_at = $2, key_encryption_key = NULL, wrapped = NULL, list = NULL, list_signed_at = NULL
        WHERE id = $1 AND removed_at IS NULL
        """,
        cancellationToken,
        new() { Value = authority },
        Time(now));

    /// <summary>Stores a revocation list. The authorities must be locked.</summary>
    public Task PutListAsync(Guid authority, byte[] list, long number, DateTimeOffset now, CancellationToken cancellationToken) => RunAsync(
        "UPDATE certificate_authorities SET list = $2, list_number = $3, list_signed_at = $4 WHERE id = $1",
        cancellationToken,
        new() { Value = authority },
        Bytes(list),
        new() { Value = number },
        Time(now));

    /// <summary>Adds a certificate to the inventory. Returns false where its key was certified before.</summary>
    public async Task<bool> TryAddAsync(IssuedCertificate certificate, ReadOnlyMemory<byte> publicKey, CancellationToken cancellationToken) => await RunAsync(
        """
        INSERT INTO certificates (serial, authority, workload, certificate, public_key_digest, issued_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (public_key_digest) DO NOTHING
        """,
        cancellationToken,
        Bytes(certificate.Serial),
        new() { Value = certificate.Authority },
        Text(certificate.Workload),
        Bytes(certificate.Certificate),
        Bytes(SHA256.HashData(publicKey.Span)),
        Time(certificate.IssuedAt),
        Time(certificate.ExpiresAt)) == 1;

    /// <summary>Counts the certificates of a workload that are neither expired nor revoked.</summary>
    public Task<long> CountLiveAsync(string workload, DateTimeOffset now, CancellationToken cancellationToken) =>
        CountAsync($"SELECT count(*) FROM certificates c WHERE c.workload = $1 AND {Live("$2")}", cancellationToken, Text(workload), Time(now));

    /// <summary>Counts the certificates of an authority that are neither expired nor revoked.</summary>
    public Task<long> CountLiveAsync(Guid authority, DateTimeOffset now, CancellationToken cancellationToken) =>
        CountAsync($"SELECT count(*) FROM certificates c WHERE c.authority = $1 AND {Live("$2")}", cancellationToken, new() { Value = authority }, Time(now));

    /// <summary>Tells whether any certificate of an authority has not ended yet, revoked or not: until then its list must stand.</summary>
    public async Task<bool> HasUnexpiredAsync(Guid authority, DateTimeOffset now, CancellationToken cancellationToken) =>
        await CountAsync("SELECT count(*) FROM certificates WHERE authority = $1 AND expires_at > $2", cancellationToken, new() { Value = authority }, Time(now)) > 0;

    /// <summary>Finds what is to be revoked: one certificate by its serial number, or the unexpired ones of a workload.</summary>
    public async Task<IReadOnlyList<CertificateToRevoke>> FindAsync(byte[]? serial, string? workload, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var found = new List<CertificateToRevoke>();
        await using var select = Command(
            "SELECT serial, authority, workload, expires_at FROM certificates WHERE serial = $1 OR (workload = $2 AND expires_at > $3)",
            new() { Value = (object?)serial ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Bytea },
            new() { Value = (object?)workload ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            Time(now));
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new CertificateToRevoke(reader.GetFieldValue<byte[]>(0), reader.GetGuid(1), reader.GetString(2), reader.GetFieldValue<DateTimeOffset>(3)));
        }

        return found;
    }

    /// <summary>Enters a revocation. Returns false where the certificate was revoked before. The authorities must be locked.</summary>
    public async Task<bool> TryRevokeAsync(CertificateToRevoke certificate, Revocation revocation, CancellationToken cancellationToken) => await RunAsync(
        """
        INSERT INTO certificate_revocations (authority, serial, reason, revoked_at, expires_at)
        VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING
        """,
        cancellationToken,
        new() { Value = certificate.Authority },
        Bytes(certificate.Serial),
        Text(CertificateStore.NameOf(revocation.Reason)),
        Time(revocation.At),
        Time(certificate.ExpiresAt)) == 1;

    /// <summary>Tells whether a certificate with this serial number was revoked.</summary>
    public async Task<bool> IsRevokedAsync(byte[] serial, CancellationToken cancellationToken) =>
        await CountAsync("SELECT count(*) FROM certificate_revocations WHERE serial = $1", cancellationToken, Bytes(serial)) > 0;

    /// <summary>Returns what an authority revoked of what ended no earlier than a time.</summary>
    public async Task<IReadOnlyList<RevokedCertificate>> RevokedAsync(Guid authority, DateTimeOffset endedSince, CancellationToken cancellationToken)
    {
        var revoked = new List<RevokedCertificate>();
        await using var select = Command(
            "SELECT serial, revoked_at, reason FROM certificate_revocations WHERE authority = $1 AND expires_at >= $2 ORDER BY revoked_at, serial",
            new() { Value = authority },
            Time(endedSince));
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            revoked.Add(new RevokedCertificate(
                reader.GetFieldValue<byte[]>(0), reader.GetFieldValue<DateTimeOffset>(1), CertificateStore.Reason(reader.GetString(2))));
        }

        return revoked;
    }

    /// <summary>Deletes certificates and revocations that ended before a time.</summary>
    public async Task ForgetAsync(DateTimeOffset endedBefore, CancellationToken cancellationToken)
    {
        await RunAsync("DELETE FROM certificates WHERE expires_at < $1", cancellationToken, Time(endedBefore));
        await RunAsync("DELETE FROM certificate_revocations WHERE expires_at < $1", cancellationToken, Time(endedBefore));
    }

    private static string Live(string now) =>
        $"c.expires_at > {now} AND NOT EXISTS (SELECT FROM certificate_revocations r WHERE r.authority = c.authority AND r.serial = c.serial)";

    private static NpgsqlParameter Bytes(byte[] value) => new() { Value = value };

    private static NpgsqlParameter Text(string value) => new() { Value = value };

    private static NpgsqlParameter Time(DateTimeOffset? value) =>
        new() { Value = (object?)value?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };

    private async Task<int> RunAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(sql, parameters);
        return await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task<long> CountAsync(string sql, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = Command(sql, parameters);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private NpgsqlCommand Command(string sql, params NpgsqlParameter[] parameters)
    {
        var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        command.Parameters.AddRange(parameters);
        return command;
    }
}

/// <summary>A certificate that is to be revoked.</summary>
/// <param name="Serial">The serial number, without leading zeros.</param>
/// <param name="Authority">The id of the authority that issued it.</param>
/// <param name="Workload">The workload that it names; null where it is not in the inventory.</param>
/// <param name="ExpiresAt">When it ends.</param>
internal sealed record CertificateToRevoke(byte[] Serial, Guid Authority, string? Workload, DateTimeOffset ExpiresAt);
