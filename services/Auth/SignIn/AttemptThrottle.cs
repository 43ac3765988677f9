using System.Security.Cryptography;
using System.Text;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Auth;

/// <summary>
/// Slows guessing down, over all replicas: counts tries in Postgres before they are judged, so that a thousand at once are a thousand
/// failures and not one. A try that turns out right is taken back. Admission is one transaction: it counts on everything or nothing.
/// </summary>
internal sealed class AttemptThrottle(ServiceDatabase database, ProgressiveDelay delay, IOptions<SignInOptions> options, TimeProvider clock)
{
    // Rows that count for nothing any more. Each try may add two rows and takes away more, so no job has to.
    private const int PrunedAtOnce = 10;

    // What blocked_until says where nothing is blocked. Not the time of the try: a try beside it may have looked at the clock a moment earlier.
    private static readonly DateTimeOffset NotBlocked = DateTimeOffset.UnixEpoch;

    private readonly TimeSpan networkInterval = TimeSpan.FromMinutes(1) / options.Value.NetworkFailuresPerMinute;
    private readonly TimeSpan networkTolerance = TimeSpan.FromMinutes(1) / options.Value.NetworkFailuresPerMinute * (options.Value.NetworkBurst - 1);

    /// <summary>Counts a try as a failure and lets it through, or says how long to wait; a try that must wait counts for nothing.</summary>
    public async Task<Admission> AdmitAsync(AttemptSubject subject, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Always in this order, so that two tries never wait for each other.
        var (failures, blockedUntil) = await LockDelayAsync(transaction, subject.Account, now, cancellationToken);
        if (blockedUntil > now)
        {
            return new Admission.Wait(blockedUntil - now);
        }

        if (subject.Network is { } network && await CountOnNetworkAsync(transaction, network, now, cancellationToken) is { } full)
        {
            return new Admission.Wait(full);
        }

        var wait = delay.After(failures + 1);
        var until = wait > TimeSpan.Zero ? now + wait : NotBlocked;
        await using var count = new NpgsqlCommand(
            "UPDATE attempt_delays SET failures = $2, blocked_until = $3, last_attempt_at = $4 WHERE subject = $1 RETURNING blocked_until", connection, transaction);
        count.Parameters.Add(new() { Value = subject.Account });
        count.Parameters.Add(new() { Value = failures + 1 });
        count.Parameters.Add(Sql.Time(until));
        count.Parameters.Add(Sql.Time(now));

        // As it is stored: what takes it back must find this very value.
        var stored = new DateTimeOffset((DateTime)(await count.ExecuteScalarAsync(cancellationToken))!);
        await PruneAsync(transaction, now, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return new Admission.Admitted(new Reservation(subject, stored));
    }

    /// <summary>Takes a try back that was no failure and no success either: the password was right and the code is still missing.</summary>
    public async Task ReleaseAsync(Reservation reservation, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var release = new NpgsqlCommand(
            """
            UPDATE attempt_delays SET
                failures = greatest(failures - 1, 0),
                -- A delay that another try has set since stays.
                blocked_until = CASE WHEN blocked_until = $2 THEN $3 ELSE blocked_until END
            WHERE subject = $1
            """,
            connection,
            transaction);
        release.Parameters.Add(new() { Value = reservation.Subject.Account });
        release.Parameters.Add(Sql.Time(reservation.BlockedUntil));
        release.Parameters.Add(Sql.Time(NotBlocked));
        await release.ExecuteNonQueryAsync(cancellationToken);
        await TakeBackFromNetworkAsync(transaction, reservation, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    /// <summary>Forgets the failures of a subject, in the transaction of the success that ends them.</summary>
    public async Task SucceedAsync(NpgsqlTransaction transaction, Reservation reservation, CancellationToken cancellationToken)
    {
        await using (var forget = new NpgsqlCommand("DELETE FROM attempt_delays WHERE subject = $1", transaction.Connection, transaction))
        {
            forget.Parameters.Add(new() { Value = reservation.Subject.Account });
            await forget.ExecuteNonQueryAsync(cancellationToken);
        }

        await TakeBackFromNetworkAsync(transaction, reservation, cancellationToken);
    }

    private async Task<(int Failures, DateTimeOffset BlockedUntil)> LockDelayAsync(
        NpgsqlTransaction transaction, byte[] subject, DateTimeOffset now, CancellationToken cancellationToken)
    {
        // The update changes nothing; it locks the row that is there and answers it.
        await using var upsert = new NpgsqlCommand(
            """
            INSERT INTO attempt_delays AS d (subject, failures, blocked_until, last_attempt_at) VALUES ($1, 0, $4, $2)
            ON CONFLICT (subject) DO UPDATE SET failures = CASE WHEN d.last_attempt_at < $3 THEN 0 ELSE d.failures END
            RETURNING failures, blocked_until
            """,
            transaction.Connection,
            transaction);
        upsert.Parameters.Add(new() { Value = subject });
        upsert.Parameters.Add(Sql.Time(now));
        upsert.Parameters.Add(Sql.Time(now - options.Value.ForgetAfter));
        upsert.Parameters.Add(Sql.Time(NotBlocked));
        await using var reader = await upsert.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return (reader.GetInt32(0), reader.GetFieldValue<DateTimeOffset>(1));
    }

    // The generic cell rate algorithm: a time instead of a counter that somebody would have to drain. Returns the wait where it is full.
    private async Task<TimeSpan?> CountOnNetworkAsync(NpgsqlTransaction transaction, byte[] network, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var count = new NpgsqlCommand(
            """
            INSERT INTO attempt_rates AS r (subject, empty_at) VALUES ($1, $2::timestamptz + $3)
            ON CONFLICT (subject) DO UPDATE SET empty_at = greatest(r.empty_at, $2) + $3
            RETURNING empty_at
            """,
            transaction.Connection,
            transaction);
        count.Parameters.Add(new() { Value = network });
        count.Parameters.Add(Sql.Time(now));
        count.Parameters.Add(new() { Value = networkInterval, NpgsqlDbType = NpgsqlDbType.Interval });
        var emptyAt = new DateTimeOffset((DateTime)(await count.ExecuteScalarAsync(cancellationToken))!);
        var wait = emptyAt - networkInterval - networkTolerance - now;
        return wait > TimeSpan.FromMilliseconds(1) ? wait : null;
    }

    private async Task TakeBackFromNetworkAsync(NpgsqlTransaction transaction, Reservation reservation, CancellationToken cancellationToken)
    {
        if (reservation.Subject.Network is not { } network)
        {
            return;
        }

        await using var takeBack = new NpgsqlCommand("UPDATE attempt_rates SET empty_at = empty_at - $2 WHERE subject = $1", transaction.Connection, transaction);
        takeBack.Parameters.Add(new() { Value = network });
        takeBack.Parameters.Add(new() { Value = networkInterval, NpgsqlDbType = NpgsqlDbType.Interval });
        await takeBack.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task PruneAsync(NpgsqlTransaction transaction, DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var prune = new NpgsqlCommand(
            """
            WITH delays AS (
                DELETE FROM attempt_delays WHERE subject IN (
                    SELECT subject FROM attempt_delays WHERE last_attempt_at < $1 ORDER BY last_attempt_at LIMIT $3 FOR UPDATE SKIP LOCKED))
            DELETE FROM attempt_rates WHERE subject IN (
                SELECT subject FROM attempt_rates WHERE empty_at < $2 ORDER BY empty_at LIMIT $3 FOR UPDATE SKIP LOCKED)
            """,
            transaction.Connection,
            transaction);
        prune.Parameters.Add(Sql.Time(now - options.Value.ForgetAfter));
        prune.Parameters.Add(Sql.Time(now - TimeSpan.FromHours(1)));
        prune.Parameters.Add(new() { Value = PrunedAtOnce });
        await prune.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>Says what a try counts on. Subjects are hashes: what is typed as a user name is sometimes a password.</summary>
/// <param name="Account">The account it is made on: as a whole for strangers, by itself at each network where its owner is known.</param>
/// <param name="Network">The network it comes from, or null where that does not count.</param>
internal sealed record AttemptSubject(byte[] Account, byte[]? Network)
{
    /// <summary>A sign-in from where the account's owner is not known, or on no account at all: all of these share one delay.</summary>
    public static AttemptSubject Stranger(string username, string network) => new(Hash("account", username), Hash("network", network));

    /// <summary>A sign-in from where the account's owner has signed in before: what strangers do elsewhere does not delay it.</summary>
    public static AttemptSubject Acquaintance(string username, string network) => new(Hash("account", username, network), Hash("network", network));

    /// <summary>A code that confirms an authenticator.</summary>
    public static AttemptSubject Enrolment(Guid userId) => new(Hash("enrolment", userId.ToString()), Network: null);

    private static byte[] Hash(params ReadOnlySpan<string> parts) => SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\0', parts)));
}

/// <summary>Remembers a try that was let through.</summary>
/// <param name="Subject">What it counts on.</param>
/// <param name="BlockedUntil">The delay that it has set.</param>
internal sealed record Reservation(AttemptSubject Subject, DateTimeOffset BlockedUntil);

/// <summary>Says whether a try may be judged.</summary>
internal abstract record Admission
{
    private Admission()
    {
    }

    /// <summary>It may.</summary>
    public sealed record Admitted(Reservation Reservation) : Admission;

    /// <summary>It may not before this time has passed.</summary>
    public sealed record Wait(TimeSpan Time) : Admission;
}
