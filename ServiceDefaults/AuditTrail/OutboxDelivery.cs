using Google.Protobuf;
using McpSecure.Audit.V1;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Sends a batch of the outbox to the audit log, in order, and deletes in the same transaction what the log has taken: a crash in between
/// sends it again and never loses it. One replica at a time sends, or two batches could overtake each other. An event that the log
/// refuses for good, or on which it fails, is found by halving, and by taking apart the batch it came in; it neither blocks the others nor
/// vanishes. The first is set aside with the reason. The second is tried again, ever more rarely: a failure says nothing of what the log
/// will do once it is mended.
/// </summary>
internal sealed class OutboxDelivery(
    ServiceDatabase database, IAuditSink sink, AuditTrailMetrics metrics, TimeProvider clock, ILogger<OutboxDelivery> logger)
{
    /// <summary>The most events in one call: what RecordEvents takes.</summary>
    internal const int MostEvents = 5_000;

    /// <summary>A call ends with the row that reaches this size. The log reads 2 MiB; a row has half of this and an event of some 140 KB at most.</summary>
    internal const int BatchSizeInBytes = 1 << 20;

    // Where the log fails on whatever it is sent, halving a whole batch would ask a thousand times. Failures put off do not come back at once,
    // so that even a thousand poisonous events in a row are passed in the end.
    internal const int MostFailures = 16;

    // Below the 60 s after which Postgres takes a sender for frozen: a search that is broken off goes on in the next round.
    private static readonly TimeSpan LongestSearch = TimeSpan.FromSeconds(30);

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

        var outcome = new Outcome(clock.GetTimestamp());
        SetUnreadableAside(entries, outcome);
        var away = await SendAsync(entries, outcome, cancellationToken);
        await SettleAsync(outcome, connection, transaction, cancellationToken);

        return away is null
            ? new DeliveryRound.Done(outcome.Taken.Sum(entry => entry.Events.Count), outcome.Refused.Count, outcome.Failed.Count, moreIsThere || outcome.Apart.Count > 0)
            : new DeliveryRound.Away(away);
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
            SELECT position, event_id, body, events, failures, due
            FROM (
                SELECT *, count(*) OVER () AS due, sum(coalesce(events, 1)) OVER so_far AS events_so_far, sum(octet_length(body)) OVER so_far - octet_length(body) AS size_before
                FROM (
                    SELECT position, event_id, body, events, failures
                    FROM audit_outbox
                    WHERE refused_at IS NULL AND (next_try_at IS NULL OR next_try_at <= now())
                    ORDER BY position
                    LIMIT $1
                ) AS first
                WINDOW so_far AS (ORDER BY position)
            ) AS measured
            WHERE events_so_far <= $1 AND size_before < $2
            ORDER BY position
            """,
            connection,
            transaction)
        {
            Parameters = { new() { Value = MostEvents }, new() { Value = BatchSizeInBytes } },
        };

        var entries = new List<Entry>();
        var due = 0L;
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var body = reader.GetFieldValue<byte[]>(2);
            entries.Add(reader.IsDBNull(1)
                ? new Entry(reader.GetInt64(0), null, new EventBatch(body, reader.GetInt32(3)), reader.GetInt32(4))
                : new Entry(reader.GetInt64(0), reader.GetGuid(1), EventBatch.Of(body), reader.GetInt32(4)));
            due = reader.GetInt64(5);
        }

        return (entries, due > entries.Count || due == MostEvents);
    }

    private static void SetUnreadableAside(List<Entry> entries, Outcome outcome) => entries.RemoveAll(entry =>
    {
        if (!entry.IsBatch || entry.Events.IsWhole())
        {
            return false;
        }

        outcome.Refused.Add((entry, "The stored bytes are not as many events as the row says."));
        return true;
    });

    // Halves what is refused, or fails, until the event that is to blame stands alone. Returns why it had to stop, or null.
    private async Task<string?> SendAsync(List<Entry> entries, Outcome outcome, CancellationToken cancellationToken)
    {
        if (entries.Count == 0)
        {
            return null;
        }

        switch (await sink.DeliverAsync(EventBatch.Join(entries.ConvertAll(entry => entry.Events)), cancellationToken))
        {
            case AuditDelivery.Taken:
                outcome.Taken.AddRange(entries);
                return null;
            case AuditDelivery.Away(var reason):
                return reason;
            case AuditDelivery.Refused when entries is [{ IsBatch: true } batch]:
                outcome.Apart.Add(batch);
                return null;
            case AuditDelivery.Failed(var reason) when entries is [{ IsBatch: true } batch]:
                outcome.Apart.Add(batch);
                return outcome.HasFailedAgain() ? reason : null;
            case AuditDelivery.Refused(var reason) when entries.Count == 1:
                outcome.Refused.Add((entries[0], reason));
                return null;
            case AuditDelivery.Failed(var reason) when entries.Count == 1:
                outcome.Failed.Add((entries[0], reason));
                return outcome.HasFailedAgain() ? reason : null;
            default:
                if (clock.GetElapsedTime(outcome.Begun) > LongestSearch)
                {
                    return "the search for what it does not take is too long for one round";
                }

                var half = entries.Count / 2;
                return await SendAsync(entries[..half], outcome, cancellationToken) ?? await SendAsync(entries[half..], outcome, cancellationToken);
        }
    }

    private async Task SettleAsync(Outcome outcome, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var settle = new NpgsqlBatch(connection, transaction);
        if (outcome.Apart.Count > 0)
        {
            var apart = outcome.Apart.SelectMany(entry => entry.Events.Split().Select(one => (entry.Position, Body: one.ToArray()))).ToList();
            settle.BatchCommands.Add(new NpgsqlBatchCommand(
                """
                INSERT INTO audit_outbox (event_id, body, added_at)
                SELECT event.id, event.body, added_at
                FROM unnest($1, $2, $3) WITH ORDINALITY AS event (position, id, body, place) JOIN audit_outbox USING (position)
                ORDER BY place
                """)
            {
                Parameters =
                {
                    new() { Value = apart.Select(one => one.Position).ToArray() },
                    new() { Value = apart.Select(one => IdOf(one.Body)).ToArray() },
                    new() { Value = apart.Select(one => one.Body).ToArray() },
                },
            });
        }

        if (outcome.Taken.Count + outcome.Apart.Count > 0)
        {
            settle.BatchCommands.Add(new NpgsqlBatchCommand("DELETE FROM audit_outbox WHERE position = ANY($1)")
            {
                Parameters = { new() { Value = outcome.Taken.Concat(outcome.Apart).Select(entry => entry.Position).ToArray() } },
            });
        }

        if (outcome.Refused.Count > 0)
        {
            settle.BatchCommands.Add(new NpgsqlBatchCommand(
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
            });
        }

        if (outcome.Failed.Count > 0)
        {
            settle.BatchCommands.Add(new NpgsqlBatchCommand(
                """
                UPDATE audit_outbox
                SET failures = failures + 1, next_try_at = now() + interval '1 second' * least(60, power(2, least(failures, 6)))
                WHERE position = ANY($1)
                """)
            {
                Parameters = { new() { Value = outcome.Failed.Select(failed => failed.Entry.Position).ToArray() } },
            });
        }

        if (settle.BatchCommands.Count == 0)
        {
            return;
        }

        await settle.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);

        metrics.Delivered(outcome.Taken.Sum(entry => entry.Events.Count));
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

    // What is no event gets a row of its own, too, so that the log refuses it alone.
    private static Guid IdOf(byte[] serialized)
    {
        try
        {
            return Guid.TryParse(AuditEvent.Parser.ParseFrom(serialized).EventId, out var id) ? id : Guid.Empty;
        }
        catch (InvalidProtocolBufferException)
        {
            return Guid.Empty;
        }
    }

    private sealed record Entry(long Position, Guid? EventId, EventBatch Events, int Failures)
    {
        public bool IsBatch => EventId is null;
    }

    private sealed class Outcome(long begun)
    {
        private int failures;

        public long Begun => begun;

        public List<Entry> Taken { get; } = [];

        /// <summary>Gets the batches that were not taken as a whole.</summary>
        public List<Entry> Apart { get; } = [];

        public List<(Entry Entry, string Reason)> Refused { get; } = [];

        public List<(Entry Entry, string Reason)> Failed { get; } = [];

        /// <summary>Counts a failure of the log; returns whether they are so many that it is the log.</summary>
        public bool HasFailedAgain() => ++failures >= MostFailures;
    }
}
