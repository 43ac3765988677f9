using System.Diagnostics.Metrics;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Gives a test a migrated database with an empty outbox, and what works on it.</summary>
internal sealed class OutboxDatabase : IAsyncDisposable
{
    private readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private OutboxDatabase(NpgsqlDataSource dataSource)
    {
        DataSource = dataSource;
        Metrics = new AuditTrailMetrics(services.GetRequiredService<IMeterFactory>());
        Readiness = new DatabaseReadiness(dataSource, TimeProvider.System);
        Readiness.MarkMigrated();
    }

    public NpgsqlDataSource DataSource { get; }

    public AuditOutbox Outbox { get; } = new();

    public AuditTrailMetrics Metrics { get; }

    public DatabaseReadiness Readiness { get; }

    public LogCapture Log { get; } = new();

    public static Task<OutboxDatabase> CreateAsync(int migrations = int.MaxValue) => CreateAsync(PostgresServer.SharedAsync(), migrations);

    /// <summary>Creates one with so many migrations of the outbox at most.</summary>
    public static async Task<OutboxDatabase> CreateAsync(Task<PostgresServer> server, int migrations = int.MaxValue)
    {
        var connectionString = await (await server).CreateDatabaseAsync();
        var dataSource = NpgsqlDataSource.Create($"{connectionString};No Reset On Close=true;Command Timeout=10");
        await MigrateAsync(dataSource, migrations);
        return new OutboxDatabase(dataSource);
    }

    /// <summary>Applies what is left of the migrations.</summary>
    public Task MigrateAsync() => MigrateAsync(DataSource, int.MaxValue);

    public static AuditEvent Event(string source = "probe", int number = 0) => new AuditEvents(source, TimeProvider.System)
        .Start("probe.thing.done").With("number", $"{number}");

    public OutboxDelivery Delivery(IAuditSink sink) => new(DataSource, sink, Metrics, TimeProvider.System, Logger<OutboxDelivery>());

    /// <summary>Makes a trail. It asks the log only once <see cref="Outbox"/> is noted as delivered.</summary>
    public DecisionTrail Decisions(TimeProvider clock, IAuditSink? sink = null, DatabaseReadiness? readiness = null) => new(
        new AuditEvents("probe", clock),
        DataSource,
        readiness ?? Readiness,
        new DirectDelivery(sink ?? new RecordingSink(), Outbox, Metrics, clock),
        Outbox,
        Metrics,
        clock,
        Logger<DecisionTrail>());

    public Microsoft.Extensions.Logging.Logger<T> Logger<T>() => new(new Microsoft.Extensions.Logging.LoggerFactory([Log]));

    /// <summary>Adds events, each in a row of its own, as changes do.</summary>
    public async Task AddAsync(params IEnumerable<AuditEvent> events)
    {
        await using var connection = await DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        foreach (var auditEvent in events)
        {
            await Outbox.AddAsync(transaction, auditEvent, CancellationToken.None);
        }

        await transaction.CommitAsync();
    }

    /// <summary>Adds events in one row, as decisions are.</summary>
    public Task AddBatchAsync(params IEnumerable<AuditEvent> events)
    {
        var batches = events.Select(one => EventBatch.Of(one.ToByteArray())).ToList();
        return Outbox.AddAsync((ServiceDatabase)DataSource, EventBatch.Join(batches), CancellationToken.None);
    }

    /// <summary>Lists the ids of the events that wait for delivery, in order.</summary>
    public async Task<IReadOnlyList<string>> WaitingAsync()
    {
        await using var select = DataSource.CreateCommand("SELECT body, coalesce(events, 0) FROM audit_outbox WHERE refused_at IS NULL ORDER BY position");
        await using var reader = await select.ExecuteReaderAsync();
        var ids = new List<string>();
        while (await reader.ReadAsync())
        {
            var (body, count) = (reader.GetFieldValue<byte[]>(0), reader.GetInt32(1));
            ids.AddRange((count == 0 ? EventBatch.Of(body) : new EventBatch(body, count)).Read().Select(waiting => waiting.EventId));
        }

        return ids;
    }

    public async Task<IReadOnlyList<string>> ColumnAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await using var reader = await command.ExecuteReaderAsync();
        var column = new List<string>();
        while (await reader.ReadAsync())
        {
            column.Add(reader.GetString(0));
        }

        return column;
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static Task MigrateAsync(NpgsqlDataSource dataSource, int migrations)
    {
        var outbox = MigrationSeries.Of(typeof(AuditOutbox).Assembly);
        IReadOnlyList<MigrationSeries> series =
        [
            outbox with { Migrations = [.. outbox.Migrations.Take(migrations)] },
            MigrationSeries.Of(typeof(OutboxDatabase).Assembly),
        ];
        return new DatabaseMigrator(dataSource, series, TimeProvider.System, NullLogger<DatabaseMigrator>.Instance).ApplyAsync(_ => { }, CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await services.DisposeAsync();
    }
}
