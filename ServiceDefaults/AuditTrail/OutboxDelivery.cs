using Google.Protobuf;
using McpSecure.Audit.V1;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Sends a batch of the outbox to the audit log, in order, and deletes in the same transaction what the log has taken: a crash in between
/// sends it again and never loses it. One replica at a time sends, or two batches could overtake each other. An event that the log
/// refuses for good, or on which it fails, is found by halving; it neither blocks the others nor vanishes. The first is set aside with
/// the reason. The second is tried again, ever more rarely: a failure says nothing of what the log will do once it is mended.
/// </summary>
internal sealed class OutboxDelivery(ServiceDatabase database, IAuditSink sink, AuditTrailMetrics metrics, ILogger<OutboxDelivery> logger)
{
    /// <summary>The most events in one call. RecordEvents takes 1 000.</summary>
    internal const int BatchSize = 500;

    /// <summary>A batch ends with the event that reaches this size. The log reads 2 MiB, and an event has some 140 KB at most.</summary>
    internal const int BatchSizeInBytes = 1 << 20;

    // Where the log fails on whatever it is sent, halving a whole batch would ask a thousand times. Failures put off do not come back at once,
    // so that even a thousand poisonous events in a row are passed in the end.
    internal const int MostFailures = 16;

    // The log's answer may quote the event, and Postgres stores no U+0000.
    private const int LongestReason = 1_000;

    // "McpSecOx". Advisory locks are per database.
    private const long LockKey = 0x4D63705365634F78;

    /// <summary>Sends one batch, if this replica may send now and something is there.</summary>
    /// <exception cref="NpgsqlException">The database failed; what was sent is sent again later.</exception>
    public async Task<DeliveryRound> DeliverAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (entries, moreIsThere) = await MaySendAsync(connection, transaction, cancellationToken)
            ? await ReadAsync(connection, transaction, cancellationToken)
            : ([], false);
        if (entries.Count == 0)
        {
            return new DeliveryRound.Done(0, 0, 0, MoreIsThere: false);
        }

        var outcome = new Outcome();
        SetUnreadableAside(entries, outcome);
        var away = await SendAsync(entries, outcome, cancellationToken);
        await SettleAsync(outcome, connection, transaction, cancellationToken);

        return away is null ? new DeliveryRound.Done(outcome.Taken.Count, outcome.Refused.Count, outcome.Failed.Count, moreIsThere) : new DeliveryRound.Away(away);
    }

    private static async Task<bool> MaySendAsync(NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        // A replica that freezes while it sends must not stop the others for ever: Postgres then ends its transaction.
        await using var command = new NpgsqlCommand(
            "SELECT set_config('idle_in_transaction_session_timeout', '60s', true), pg_try_advisory_xact_lock($1)", connection, transaction)
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
            SELECT position, event_id, body, failures
            FROM audit_outbox
            WHERE refused_at IS NULL AND (next_try_at IS NULL OR next_try_at <= now())
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
        while (sizeInBytes < BatchSizeInBytes && await reader.ReadAsync(cancellationToken))
        {
            var body = reader.GetFieldValue<byte[]>(2);
            entries.Add(new Entry(reader.GetInt64(0), reader.GetGuid(1), body, reader.GetInt32(3)));
            sizeInBytes += body.Length;
        }

        return (entries, sizeInBytes >= BatchSizeInBytes || entries.Count == BatchSize);
    }

    private static void SetUnreadableAside(List<Entry> entries, Outcome outcome) => entries.RemoveAll(entry =>
    {
        try
        {
            entry.Event = AuditEvent.Parser.ParseFrom(entry.Body);
            return false;
        }
        catch (InvalidProtocolBufferException)
        {
            outcome.Refused.Add((entry, "The stored bytes are no AuditEvent."));
            return true;
        }
    });

    // Halves what is refused, or fails, until the event that is to blame stands alone. Returns why it had to stop, or null.
    private async Task<string?> SendAsync(List<Entry> entries, Outcome outcome, CancellationToken cancellationToken)
    {
        if (entries.Count == 0)
        {
            return null;
        }

        switch (await sink.DeliverAsync(entries.ConvertAll(entry => entry.Event!), cancellationToken))
        {
            case AuditDelivery.Taken:
                outcome.Taken.AddRange(entries);
                return null;
            case AuditDelivery.Away(var reason):
                return reason;
            case AuditDelivery.Refused(var reason) when entries.Count == 1:
                outcome.Refused.Add((entries[0], reason));
                return null;
            case AuditDelivery.Failed(var reason) when entries.Count == 1:
                outcome.Failed.Add((entries[0], reason));
                return outcome.Failed.Count < MostFailures ? null : reason;
            default:
                var half = entries.Count / 2;
                return await SendAsync(entries[..half], outcome, cancellationToken) ?? await SendAsync(entries[half..], outcome, cancellationToken);
        }
    }

    private async Task SettleAsync(Outcome outcome, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var settle = new NpgsqlBatch(connection, transaction)
        {
            BatchCommands =
            {
                new NpgsqlBatchCommand("DELETE FROM audit_outbox WHERE position = ANY($1)")
                {
                    Parameters = { new() { Value = outcome.Taken.Select(entry => entry.Position).ToArray() } },
                },
                new NpgsqlBatchCommand(
                    """
                    UPDATE audit_outbox
                    SET refused_at = now(), refused_reason = refused.reason
                    FROM unnest($1, $2) AS refused (position, reason)
                    WHERE audit_outbox.position = refused.position
                    """)
                {
                    Parameters =
                    {
                        new() { Value = outcome.Refused.Select(refused => refused.Entry.Position).ToArray() },
                        new() { Value = outcome.Refused.Select(refused => PrintableText.Of(refused.Reason, LongestReason)).ToArray() },
                    },
                },
                new NpgsqlBatchCommand(
                    """
                    UPDATE audit_outbox
                    SET failures = failures + 1, next_try_at = now() + interval '1 second' * least(60, power(2, least(failures, 6)))
                    WHERE position = ANY($1)
                    """)
                {
                    Parameters = { new() { Value = outcome.Failed.Select(failed => failed.Entry.Position).ToArray() } },
                },
            },
        };
        await settle.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        metrics.Delivered(outcome.Taken.Count);
        metrics.Refused(outcome.Refused.Count);
        metrics.Failed(outcome.Failed.Count);
        foreach (var (entry, reason) in outcome.Refused)
        {
            Log.EventRefused(logger, entry.EventId, PrintableText.Of(reason, LongestReason));
        }

        foreach (var (entry, reason) in outcome.Failed)
        {
            Log.EventFails(logger, entry.EventId, entry.Failures + 1, PrintableText.Of(reason, LongestReason));
        }
    }

    private sealed record Entry(long Position, Guid EventId, byte[] Body, int Failures)
    {
        public AuditEvent? Event { get; set; }
    }

    private sealed class Outcome
    {
        public List<Entry> Taken { get; } = [];

        public List<(Entry Entry, string Reason)> Refused { get; } = [];

        public List<(Entry Entry, string Reason)> Failed { get; } = [];
    }
}
