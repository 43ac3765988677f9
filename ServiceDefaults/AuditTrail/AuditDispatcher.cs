using Google.Protobuf;
using McpSecure.Audit.V1;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Sends what is in the outbox to the audit log, in order, and deletes what the log has taken. One replica at a time sends, so that
/// the order holds; the row is deleted in the transaction that read it, so that a crash in between sends it again and never loses it.
/// </summary>
internal sealed class AuditDispatcher(
    NpgsqlDataSource database,
    DatabaseReadiness readiness,
    AuditOutbox outbox,
    IAuditSink sink,
    AuditTrailMetrics metrics,
    TimeProvider clock,
    ILogger<AuditDispatcher> logger) : BackgroundService
{
    /// <summary>The most events in one call; RecordEvents takes 1 000.</summary>
    internal const int BatchSize = 500;

    /// <summary>A batch ends after the event that reaches this size, well below what a server reads (4 MiB).</summary>
    internal const int BatchSizeInBytes = 1 << 20;

    // "McpSecOx". Advisory locks are per database.
    private const long LockKey = 0x4D63705365634F78;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstLook = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await readiness.WaitAsync(stoppingToken);
        var pause = new BackOff(FirstPause, LongestPause);
        var look = Interval;
        while (true)
        {
            switch (await TryDispatchAsync(stoppingToken))
            {
                case DispatchResult.Away(var reason):
                    metrics.AuditAway();
                    Log.AuditAway(logger, reason);
                    await Task.Delay(pause.Next(), clock, stoppingToken);
                    continue;
                case DispatchResult.Sent { MoreIsThere: true }:
                    pause.Reset();
                    continue;
                default:
                    pause.Reset();
                    break;
            }

            // A signal comes before its transaction commits, and how long before is not known: so look soon, then ever more rarely.
            look = await outbox.WaitAsync(look, clock, stoppingToken) ? FirstLook : Min(look * 2, Interval);
            if (look == FirstLook)
            {
                await Task.Delay(FirstLook, clock, stoppingToken);
            }
        }
    }

    /// <summary>Sends one batch, if this replica may send now and something is there.</summary>
    /// <exception cref="NpgsqlException">The database failed; what was sent is sent again later.</exception>
    internal async Task<DispatchResult> DispatchAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        if (!await MaySendAsync(connection, transaction, cancellationToken))
        {
            return new DispatchResult.Sent(0, MoreIsThere: false);
        }

        var (entries, moreIsThere) = await ReadAsync(connection, transaction, cancellationToken);
        if (entries.Count == 0)
        {
            return new DispatchResult.Sent(0, MoreIsThere: false);
        }

        var progress = new Progress();
        Parse(entries, progress);
        var away = await DeliverAsync(entries, progress, cancellationToken);
        await SettleAsync(progress, connection, transaction, cancellationToken);

        return away is null ? new DispatchResult.Sent(progress.Taken.Count, moreIsThere) : new DispatchResult.Away(away);
    }

    private async Task<DispatchResult> TryDispatchAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await DispatchAsync(cancellationToken);
        }
        catch (NpgsqlException e) when (e.IsDatabaseAway())
        {
            return new DispatchResult.Away("Postgres does not answer");
        }
    }

    private static async Task<bool> MaySendAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        // A replica that is frozen in the middle must not hold the others up for ever: Postgres ends its transaction.
        await using var command = new NpgsqlCommand("SELECT set_config('idle_in_transaction_session_timeout', '60s', true), pg_try_advisory_xact_lock($1)", connection, transaction)
        {
            Parameters = { new() { Value = LockKey } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return reader.GetBoolean(1);
    }

    private static async Task<(List<Entry> Entries, bool MoreIsThere)> ReadAsync(
        NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            SELECT position, event_id, body FROM audit_outbox
            WHERE refused_at IS NULL
            ORDER BY position
            LIMIT $1
            FOR UPDATE SKIP LOCKED
            """,
            connection,
            transaction)
        {
            Parameters = { new() { Value = BatchSize } },
        };

        var entries = new List<Entry>();
        var sizeInBytes = 0;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var body = reader.GetFieldValue<byte[]>(2);
            entries.Add(new Entry(reader.GetInt64(0), reader.GetGuid(1), body));
            sizeInBytes += body.Length;
            if (sizeInBytes >= BatchSizeInBytes)
            {
                return (entries, MoreIsThere: true);
            }
        }

        return (entries, entries.Count == BatchSize);
    }

    private static void Parse(List<Entry> entries, Progress progress)
    {
        entries.RemoveAll(entry =>
        {
            try
            {
                entry.Event = AuditEvent.Parser.ParseFrom(entry.Body);
                return false;
            }
            catch (InvalidProtocolBufferException)
            {
                progress.Refused.Add((entry, "The stored bytes are no AuditEvent."));
                return true;
            }
        });
    }

    // Halves what is refused until the one event that is to blame stands alone. Returns why it had to stop, or null.
    private async Task<string?> DeliverAsync(List<Entry> entries, Progress progress, CancellationToken cancellationToken)
    {
        if (entries.Count == 0)
        {
            return null;
        }

        switch (await sink.DeliverAsync(entries.ConvertAll(entry => entry.Event!), cancellationToken))
        {
            case AuditDelivery.Taken:
                progress.Taken.AddRange(entries);
                return null;
            case AuditDelivery.Refused(var reason) when entries.Count == 1:
                progress.Refused.Add((entries[0], reason));
                return null;
            case AuditDelivery.Refused:
                var half = entries.Count / 2;
                return await DeliverAsync(entries[..half], progress, cancellationToken)
                    ?? await DeliverAsync(entries[half..], progress, cancellationToken);
            case AuditDelivery.Away(var reason):
                return reason;
            default:
                throw new System.Diagnostics.UnreachableException();
        }
    }

    private async Task SettleAsync(Progress progress, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var settle = new NpgsqlBatch(connection, transaction);
        if (progress.Taken.Count > 0)
        {
            settle.BatchCommands.Add(new NpgsqlBatchCommand("DELETE FROM audit_outbox WHERE position = ANY($1)")
            {
                Parameters = { new() { Value = progress.Taken.Select(entry => entry.Position).ToArray() } },
            });
        }

        foreach (var (entry, reason) in progress.Refused)
        {
            settle.BatchCommands.Add(new NpgsqlBatchCommand("UPDATE audit_outbox SET refused_at = now(), refused_reason = $2 WHERE position = $1")
            {
                Parameters = { new() { Value = entry.Position }, new() { Value = reason } },
            });
        }

        if (settle.BatchCommands.Count > 0)
        {
            await settle.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
        metrics.Delivered(progress.Taken.Count);
        foreach (var (entry, reason) in progress.Refused)
        {
            metrics.Refused();
            Log.EventRefused(logger, entry.EventId, reason);
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private sealed record Entry(long Position, Guid EventId, byte[] Body)
    {
        public AuditEvent? Event { get; set; }
    }

    private sealed class Progress
    {
        public List<Entry> Taken { get; } = [];

        public List<(Entry Entry, string Reason)> Refused { get; } = [];
    }
}

/// <summary>Says how one round of the dispatcher ended.</summary>
internal abstract record DispatchResult
{
    /// <summary>This many were taken; perhaps more can be sent at once.</summary>
    public sealed record Sent(int Events, bool MoreIsThere) : DispatchResult;

    /// <summary>The log or the database does not answer.</summary>
    public sealed record Away(string Reason) : DispatchResult;
}
