using System.Security.Cryptography.X509Certificates;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>Keeps authorities, certificates and revocations in Postgres. What changes them runs in one <see cref="CertificateTransaction"/>.</summary>
internal sealed class CertificateStore(ServiceDatabase database)
{
    internal const string SelectAuthorities =
        """
        SELECT id, certificate, imported, issues_from, expires_at, key_encryption_key, wrapped, list, list_number, list_signed_at
        FROM certificate_authorities WHERE removed_at IS NULL
        """;

    /// <summary>Runs work in one transaction; what it throws undoes it.</summary>
    public async Task<T> InTransactionAsync<T>(Func<CertificateTransaction, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var result = await work(new CertificateTransaction(transaction));
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <summary>Returns the authorities of the bundle, oldest first.</summary>
    public async Task<IReadOnlyList<CertificateAuthority>> AuthoritiesAsync(CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"{SelectAuthorities} ORDER BY id");
        return await ReadAuthoritiesAsync(select, cancellationToken);
    }

    /// <summary>Returns certificates, newest first, of one workload where one is named, those before a position where one is given.</summary>
    public async Task<IReadOnlyList<IssuedCertificate>> ListAsync(string? workload, InventoryPosition? before, int limit, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            """
            SELECT c.serial, c.authority, c.workload, c.certificate, c.issued_at, c.expires_at, r.revoked_at, r.reason
            FROM certificates c LEFT JOIN certificate_revocations r ON r.serial = c.serial AND r.authority = c.authority
            WHERE ($1::text IS NULL OR c.workload = $1) AND ($2::timestamptz IS NULL OR (c.issued_at, c.serial) < ($2, $3))
            ORDER BY c.issued_at DESC, c.serial DESC LIMIT $4
            """);
        select.Parameters.Add(new() { Value = (object?)workload ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        select.Parameters.Add(new() { Value = (object?)before?.IssuedAt.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz });
        select.Parameters.Add(new() { Value = (object?)before?.Serial ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea });
        select.Parameters.Add(new() { Value = limit });

        var found = new List<IssuedCertificate>();
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            found.Add(new IssuedCertificate(
                reader.GetFieldValue<byte[]>(0),
                reader.GetGuid(1),
                reader.GetString(2),
                reader.GetFieldValue<byte[]>(3),
                reader.GetFieldValue<DateTimeOffset>(4),
                reader.GetFieldValue<DateTimeOffset>(5),
                await reader.IsDBNullAsync(6, cancellationToken) ? null : new Revocation(reader.GetFieldValue<DateTimeOffset>(6), Reason(reader.GetString(7)))));
        }

        return found;
    }

    /// <summary>Returns the name that a reason is stored under, which never changes.</summary>
    internal static string NameOf(X509RevocationReason reason) => reason.ToString();

    /// <summary>Reads a stored reason.</summary>
    internal static X509RevocationReason Reason(string name) => Enum.Parse<X509RevocationReason>(name);

    internal static async Task<IReadOnlyList<CertificateAuthority>> ReadAuthoritiesAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var authorities = new List<CertificateAuthority>();
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            authorities.Add(new CertificateAuthority(
                reader.GetGuid(0),
                reader.GetFieldValue<byte[]>(1),
                reader.GetBoolean(2),
                await reader.IsDBNullAsync(3, cancellationToken) ? null : reader.GetFieldValue<DateTimeOffset>(3),
                reader.GetFieldValue<DateTimeOffset>(4),
                new WrappedVersion(reader.GetGuid(5), reader.GetFieldValue<byte[]>(6)),
                await reader.IsDBNullAsync(7, cancellationToken) ? null : reader.GetFieldValue<byte[]>(7),
                reader.GetInt64(8),
                await reader.IsDBNullAsync(9, cancellationToken) ? null : reader.GetFieldValue<DateTimeOffset>(9)));
        }

        return authorities;
    }
}

/// <summary>A certificate of the inventory.</summary>
/// <param name="Serial">The serial number, without leading zeros.</param>
/// <param name="Authority">The id of the authority that issued it.</param>
/// <param name="Workload">The workload that it names.</param>
/// <param name="Certificate">The certificate, DER.</param>
/// <param name="IssuedAt">When it was issued.</param>
/// <param name="ExpiresAt">When it ends.</param>
/// <param name="Revocation">How it was revoked; null where it was not.</param>
internal sealed record IssuedCertificate(
    byte[] Serial, Guid Authority, string Workload, byte[] Certificate, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, Revocation? Revocation);

/// <summary>Tells of a revocation.</summary>
/// <param name="At">When.</param>
/// <param name="Reason">Why.</param>
internal sealed record Revocation(DateTimeOffset At, X509RevocationReason Reason);

/// <summary>A place in the inventory.</summary>
/// <param name="IssuedAt">When the certificate there was issued.</param>
/// <param name="Serial">Its serial number.</param>
internal sealed record InventoryPosition(DateTimeOffset IssuedAt, byte[] Serial);
