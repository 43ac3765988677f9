using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Auth;

/// <summary>Keeps authenticators in Postgres: one a user, which counts once it is confirmed and is never replaced after that.</summary>
internal sealed class TotpStore(ServiceDatabase database, AttemptThrottle throttle, AuditOutbox outbox)
{
    /// <summary>Keeps a secret that is not confirmed yet, in the place of one before it, with its event. Returns false where one is confirmed.</summary>
    public async Task<bool> TryBeginAsync(Guid userId, string ciphertext, DateTimeOffset now, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var upsert = new NpgsqlCommand(
            """
            INSERT INTO totp_authenticators AS t (user_id, secret, begun_at) VALUES ($1, $2, $3)
            ON CONFLICT (user_id) DO UPDATE SET secret = $2, begun_at = $3 WHERE t.confirmed_at IS NULL
            """,
            connection,
            transaction);
        upsert.Parameters.Add(new() { Value = userId });
        upsert.Parameters.Add(new() { Value = ciphertext });
        upsert.Parameters.Add(Sql.Time(now));
        if (await upsert.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <summary>Returns the secret, encrypted, that waits for its confirmation, or null.</summary>
    public async Task<string?> FindUnconfirmedAsync(Guid userId, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("SELECT secret FROM totp_authenticators WHERE user_id = $1 AND confirmed_at IS NULL");
        select.Parameters.Add(new() { Value = userId });
        return (string?)await select.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>
    /// Confirms the very secret that the code was checked with, marks the code's step as used, ends the delay and keeps the event, all
    /// or nothing. Returns false where that secret was confirmed or replaced meanwhile.
    /// </summary>
    public async Task<bool> TryConfirmAsync(
        Guid userId, string ciphertext, long step, DateTimeOffset now, Reservation reservation, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var confirm = new NpgsqlCommand(
            """
            UPDATE totp_authenticators SET confirmed_at = $4, last_used_step = $3
            WHERE user_id = $1 AND secret = $2 AND confirmed_at IS NULL
            """,
            connection,
            transaction);
        confirm.Parameters.Add(new() { Value = userId });
        confirm.Parameters.Add(new() { Value = ciphertext });
        confirm.Parameters.Add(new() { Value = step, NpgsqlDbType = NpgsqlDbType.Bigint });
        confirm.Parameters.Add(Sql.Time(now));
        if (await confirm.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await throttle.SucceedAsync(transaction, reservation, cancellationToken);
        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
