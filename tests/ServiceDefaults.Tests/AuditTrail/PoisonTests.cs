using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace McpSecure.ServiceDefaults.Tests.AuditTrail;

/// <summary>Puts events into the outbox that are meant to stop it.</summary>
public sealed class PoisonTests : IClassFixture<PostgresDatabase>
{
    private readonly NpgsqlDataSource database;

    public PoisonTests(PostgresDatabase fixture) => database = fixture.DataSource;

    [Fact]
    public async Task Deliver_EventRefusedForAReasonThatPostgresCannotStore_SetsItAsideAndGoesOn()
    {
        await new DatabaseMigrator(database, [MigrationSeries.Of(typeof(AuditOutbox).Assembly)], TimeProvider.System, NullLogger<DatabaseMigrator>.Instance)
            .ApplyAsync(_ => { }, CancellationToken.None);
        await using (var connection = await database.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await new AuditOutbox().AddAsync(transaction, new AuditEvents("probe", TimeProvider.System).Start("probe.key.used"), CancellationToken.None);
            await transaction.CommitAsync();
        }

        using var meters = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var delivery = new OutboxDelivery(
            database,
            new Refusing("events[0].attributes[\"\0\"]: \uD83D must not contain control characters."),
            new AuditTrailMetrics(meters.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()),
            TimeProvider.System,
            NullLogger<OutboxDelivery>.Instance);

        var round = await delivery.DeliverAsync(CancellationToken.None);

        Assert.Equal(new DeliveryRound.Done(0, 1, 0, MoreIsThere: false), round);
        Assert.Equal(new OutboxState(0, 1, 0, TimeSpan.Zero), await AuditOutbox.LookAsync(database, CancellationToken.None));
    }

    private sealed class Refusing(string reason) : IAuditSink
    {
        public Task<AuditDelivery> DeliverAsync(EventBatch batch, CancellationToken cancellationToken) =>
            Task.FromResult<AuditDelivery>(new AuditDelivery.Refused(reason));
    }
}
