using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Auth;

/// <summary>Keeps in Postgres what sign-ins are judged by and leave behind.</summary>
internal sealed class SignInStore(ServiceDatabase database, AttemptThrottle throttle, AuditOutbox outbox, IOptions<SignInOptions> options)
{
    /// <summary>Returns what a sign-in under this name is judged by, or null where there is no such user.</summary>
    public async Task<SignInRecord?> FindAsync(string username, string network, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            """
            SELECT u.user_id, u.username, u.email, u.created_at, u.password_hash, u.disabled_at IS NOT NULL,
                   t.secret, t.last_used_step,
                   EXISTS (SELECT FROM known_networks k WHERE k.user_id = u.user_id AND k.network = $2 AND k.last_sign_in_at >= $3)
            FROM users u LEFT JOIN totp_authenticators t ON t.user_id = u.user_id AND t.confirmed_at IS NOT NULL
            WHERE u.username = $1
            """);
        select.Parameters.Add(new() { Value = username });
        select.Parameters.Add(new() { Value = network });
        select.Parameters.Add(Sql.Time(now - options.Value.NetworkKnownFor));
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            return null;
        }

        var totp = reader.IsDBNull(6) ? null : new SealedTotp(reader.GetString(6), reader.GetInt64(7));
        return new SignInRecord(
            new Account(
                reader.GetGuid(0),
                reader.GetString(1),
                reader.IsDBNull(2) ? null : reader.GetString(2),
                reader.GetFieldValue<DateTimeOffset>(3),
                totp is not null),
            reader.GetString(4),
            reader.GetBoolean(5),
            totp,
            reader.GetBoolean(8));
    }

    /// <summary>
    /// Writes down a sign-in that succeeded: its code as used, a renewed hash, the network, the end of the delay, and its event, all
    /// or nothing. Returns false where it did not succeed after all: the code, or one after it, was used a moment ago.
    /// </summary>
    public async Task<bool> TryCompleteAsync(SignInCompletion completion, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (completion.TotpStep is { } step && !await TryUseStepAsync(transaction, completion.UserId, step, cancellationToken))
        {
            return false;
        }

        if (completion.NewHash is { } newHash)
        {
            // Not where the password itself was changed meanwhile.
            await using var renew = new NpgsqlCommand("UPDATE users SET password_hash = $2 WHERE user_id = $1 AND password_hash = $3", connection, transaction);
            renew.Parameters.Add(new() { Value = completion.UserId });
            renew.Parameters.Add(new() { Value = newHash });
            renew.Parameters.Add(new() { Value = completion.OldHash });
            await renew.ExecuteNonQueryAsync(cancellationToken);
        }

        await RememberNetworkAsync(transaction, completion, cancellationToken);
        await throttle.SucceedAsync(transaction, completion.Reservation, cancellationToken);
        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    // RFC 6238 §5.2: a code is taken once. The condition is in the update, so of two at once one finds the step used.
    private static async Task<bool> TryUseStepAsync(NpgsqlTransaction transaction, Guid userId, long step, CancellationToken cancellationToken)
    {
        await using var use = new NpgsqlCommand(
            "UPDATE totp_authenticators SET last_used_step = $2 WHERE user_id = $1 AND confirmed_at IS NOT NULL AND last_used_step < $2",
            transaction.Connection,
            transaction);
        use.Parameters.Add(new() { Value = userId });
        use.Parameters.Add(new() { Value = step, NpgsqlDbType = NpgsqlDbType.Bigint });
        return await use.ExecuteNonQueryAsync(cancellationToken) == 1;
    }

    private async Task RememberNetworkAsync(NpgsqlTransaction transaction, SignInCompletion completion, CancellationToken cancellationToken)
    {
        await using var remember = new NpgsqlCommand(
            """
            INSERT INTO known_networks AS k (user_id, network, last_sign_in_at) VALUES ($1, $2, $3)
            ON CONFLICT (user_id, network) DO UPDATE SET last_sign_in_at = greatest(k.last_sign_in_at, $3)
            """,
            transaction.Connection,
            transaction);
        remember.Parameters.Add(new() { Value = completion.UserId });
        remember.Parameters.Add(new() { Value = completion.Network });
        remember.Parameters.Add(Sql.Time(completion.At));
        await remember.ExecuteNonQueryAsync(cancellationToken);

        await using var forget = new NpgsqlCommand("DELETE FROM known_networks WHERE user_id = $1 AND last_sign_in_at < $2", transaction.Connection, transaction);
        forget.Parameters.Add(new() { Value = completion.UserId });
        forget.Parameters.Add(Sql.Time(completion.At - options.Value.NetworkKnownFor));
        await forget.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>Holds what a sign-in is judged by.</summary>
/// <param name="Account">The account.</param>
/// <param name="PasswordHash">The hash of its password.</param>
/// <param name="IsDisabled">Whether it may not sign in.</param>
/// <param name="Totp">Its confirmed authenticator, or null.</param>
/// <param name="IsKnownThere">Whether the user has signed in from the same network before.</param>
internal sealed record SignInRecord(Account Account, string PasswordHash, bool IsDisabled, SealedTotp? Totp, bool IsKnownThere)
{
    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(SignInRecord);
}

/// <summary>Holds an authenticator as it is stored.</summary>
/// <param name="Ciphertext">Its secret, encrypted by Crypto.</param>
/// <param name="LastUsedStep">The time step of the last code that was taken.</param>
internal sealed record SealedTotp(string Ciphertext, long LastUsedStep);

/// <summary>Says what a sign-in that succeeded leaves behind.</summary>
/// <param name="UserId">Who signed in.</param>
/// <param name="Network">From where.</param>
/// <param name="At">When.</param>
/// <param name="Reservation">The try that it was counted as.</param>
/// <param name="OldHash">The hash that the password matched.</param>
/// <param name="NewHash">The renewed hash, or null.</param>
/// <param name="TotpStep">The time step of the code that was given, or null.</param>
internal sealed record SignInCompletion(
    Guid UserId, string Network, DateTimeOffset At, Reservation Reservation, string OldHash, string? NewHash, long? TotpStep)
{
    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(SignInCompletion);
}
