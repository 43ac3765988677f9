using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Auth;

/// <summary>
/// Keeps in Postgres which tokens ended early. A token usable is one whose user is there and not disabled and which is not revoked:
/// one statement says both, so it is never half an answer.
/// </summary>
internal sealed class TokenStore(ServiceDatabase database, AuditOutbox outbox)
{
    // Rows of expired tokens tell nothing. Each revocation takes away more of them than it adds, so no job has to.
    private const int PrunedAtOnce = 10;

    /// <summary>Returns whether a token may still be used, as far as this database knows.</summary>
    public async Task<bool> IsUsableAsync(Guid tokenId, Guid userId, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            """
            SELECT EXISTS (SELECT FROM users WHERE user_id = $2 AND disabled_at IS NULL)
               AND NOT EXISTS (SELECT FROM revoked_tokens WHERE token_id = $1)
            """);
        select.Parameters.Add(new() { Value = tokenId });
        select.Parameters.Add(new() { Value = userId });
        return (bool)(await select.ExecuteScalarAsync(cancellationToken))!;
    }

    /// <summary>
    /// Ends a token, with its event. Returns false where it has ended already; of several at once one has true.
    /// </summary>
    public async Task<bool> TryRevokeAsync(AccessToken token, DateTimeOffset now, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var insert = new NpgsqlCommand(
            "INSERT INTO revoked_tokens (token_id, user_id, expires_at, revoked_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING", connection, transaction);
        insert.Parameters.Add(new() { Value = token.TokenId });
        insert.Parameters.Add(new() { Value = token.UserId });
        insert.Parameters.Add(Sql.Time(token.ExpiresAt));
        insert.Parameters.Add(Sql.Time(now));
        if (await insert.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        // An hour past the expiry: longer than any allowance for clocks.
        await using var prune = new NpgsqlCommand(
            """
            DELETE FROM revoked_tokens WHERE token_id IN
                (SELECT token_id FROM revoked_tokens WHERE expires_at < $1 ORDER BY expires_at LIMIT $2 FOR UPDATE SKIP LOCKED)
            """,
            connection,
            transaction);
        prune.Parameters.Add(Sql.Time(now - TimeSpan.FromHours(1)));
        prune.Parameters.Add(new() { Value = PrunedAtOnce });
        await prune.ExecuteNonQueryAsync(cancellationToken);

        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}
