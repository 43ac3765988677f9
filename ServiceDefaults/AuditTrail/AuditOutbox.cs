using System.Threading.Channels;
using Google.Protobuf;
using McpSecure.Audit.V1;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.ServiceDefaults;

/// <summary>Keeps audit events in the service's own database until the audit log has them, so that an event is as lasting as the change it tells of.</summary>
public sealed class AuditOutbox
{
    // Holds one signal at most: that one was not heard yet, which is enough.
    private readonly Channel<bool> signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    private long added;
    private long delivered = -1;

    /// <summary>Gets how many times something was added by this replica.</summary>
    internal long Added => Interlocked.Read(ref added);

    /// <summary>Gets whether what this replica added is delivered, as far as the last look into the outbox tells.</summary>
    internal bool IsDelivered => Interlocked.Read(ref delivered) == Added;

    /// <summary>
    /// Adds an event to the transaction of the change it tells of: both commit or neither does.
    /// The event is sent to the audit log soon after the commit, at least once, until the log has taken it.
    /// </summary>
    /// <exception cref="PostgresException">The database refused; the transaction is lost, as after any failed statement.</exception>
    public async Task AddAsync(NpgsqlTransaction transaction, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var insert = new NpgsqlCommand(
            "INSERT INTO audit_outbox (event_id, body) VALUES ($1, $2)", transaction.Connection, transaction)
        {
            Parameters = { new() { Value = Guid.Parse(auditEvent.EventId) }, new() { Value = auditEvent.ToByteArray() } },
        };
        await insert.ExecuteNonQueryAsync(cancellationToken);
        Wake();
    }

    /// <summary>Adds a batch of events in a transaction of its own.</summary>
    internal async Task AddAsync(ServiceDatabase database, EventBatch batch, CancellationToken cancellationToken)
    {
        await using var insert = database.CreateCommand("INSERT INTO audit_outbox (body, events) VALUES ($1, $2)");
        insert.Parameters.Add(new NpgsqlParameter { Value = batch.Request, NpgsqlDbType = NpgsqlDbType.Bytea });
        insert.Parameters.Add(new NpgsqlParameter { Value = batch.Count });
        await insert.ExecuteNonQueryAsync(cancellationToken);
        Wake();
    }

    /// <summary>Counts what lies in the outbox.</summary>
    internal static async Task<OutboxState> LookAsync(ServiceDatabase database, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            """
            SELECT coalesce(sum(coalesce(events, 1)) FILTER (WHERE refused_at IS NULL), 0),
                   count(*) FILTER (WHERE refused_at IS NOT NULL),
                   count(*) FILTER (WHERE refused_at IS NULL AND failures > 0),
                   coalesce(now() - min(added_at) FILTER (WHERE refused_at IS NULL), interval '0')
            FROM audit_outbox
            """);
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        return new OutboxState(reader.GetInt64(0), reader.GetInt64(1), reader.GetInt64(2), reader.GetTimeSpan(3));
    }

    /// <summary>Waits until something was added, at most as long as given. Returns whether something was.</summary>
    internal async Task<bool> WaitAsync(TimeSpan atMost, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(atMost, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellationToken);
        try
        {
            return await signal.Reader.ReadAsync(either.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    /// <summary>Takes note that a look found nothing more to deliver.</summary>
    /// <param name="addedBefore">What <see cref="Added"/> was before the look.</param>
    internal void NoteDelivered(long addedBefore) => Interlocked.Exchange(ref delivered, addedBefore);

    private void Wake()
    {
        Interlocked.Increment(ref added);
        signal.Writer.TryWrite(true);
    }
}
