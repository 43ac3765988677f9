using System.Diagnostics.Metrics;
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

    public static Task<OutboxDatabase> CreateAsync() => CreateAsync(PostgresServer.SharedAsync());

    public static async Task<OutboxDatabase> CreateAsync(Task<PostgresServer> server)
    {
        var connectionString = await (await server).CreateDatabaseAsync();
        var dataSource = NpgsqlDataSource.Create($"{connectionString};No Reset On Close=true;Command Timeout=10");
        IReadOnlyList<MigrationSeries> series =
        [
            MigrationSeries.Of(typeof(AuditOutbox).Assembly),
            MigrationSeries.Of(typeof(OutboxDatabase).Assembly),
        ];
        await new DatabaseMigrator(dataSource, series, TimeProvider.System, NullLogger<DatabaseMigrator>.Instance).ApplyAsync(_ => { }, CancellationToken.None);
        return new OutboxDatabase(dataSource);
    }

    public static AuditEvent Event(string source = "probe", int number = 0) => new AuditEvents(source, TimeProvider.System)
        .Start("probe.thing.done").With("number", $"{number}");

    public OutboxDelivery Delivery(IAuditSink sink) => new(DataSource, sink, Metrics, Logger<OutboxDelivery>());

    public DecisionTrail Decisions(TimeProvider clock) => new(DataSource, Readiness, Outbox, Metrics, clock, Logger<DecisionTrail>());

    public Microsoft.Extensions.Logging.Logger<T> Logger<T>() => new(new Microsoft.Extensions.Logging.LoggerFactory([Log]));

    /// <summary>Adds events as their own transactions would.</summary>
    public Task AddAsync(params IEnumerable<AuditEvent> events) => Outbox.AddAllAsync(DataSource, [.. events.Select(e => SerializedEvent.Of(e, 1))], CancellationToken.None);

    public async Task<IReadOnlyList<string>> WaitingAsync() => await ColumnAsync("SELECT event_id::text FROM audit_outbox WHERE refused_at IS NULL ORDER BY position");

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

    public async ValueTask DisposeAsync()
    {
        await DataSource.DisposeAsync();
        await services.DisposeAsync();
    }
}
