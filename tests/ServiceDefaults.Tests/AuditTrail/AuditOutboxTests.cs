using Npgsql;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class AuditOutboxTests : IAsyncLifetime
{
    private OutboxDatabase database = null!;

    public async Task InitializeAsync() => database = await OutboxDatabase.CreateAsync();

    public async Task DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task Add_ThenCommit_KeepsTheChangeAndItsEvent()
    {
        var auditEvent = OutboxDatabase.Event();

        await using (var connection = await database.DataSource.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await ChangeAsync(connection, transaction);
            await database.Outbox.AddAsync(transaction, auditEvent, CancellationToken.None);
            await transaction.CommitAsync();
        }

        Assert.Equal(["changed"], await database.ColumnAsync("SELECT text FROM note"));
        Assert.Equal([auditEvent.EventId], await database.WaitingAsync());
    }

    [Fact]
    public async Task Add_ThenRollBack_KeepsNeither()
    {
        await using (var connection = await database.DataSource.OpenConnectionAsync())
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await ChangeAsync(connection, transaction);
            await database.Outbox.AddAsync(transaction, OutboxDatabase.Event(), CancellationToken.None);
            await transaction.RollbackAsync();
        }

        Assert.Empty(await database.ColumnAsync("SELECT text FROM note"));
        Assert.Empty(await database.WaitingAsync());
    }

    [Fact]
    public async Task Add_ConnectionLostBeforeCommit_KeepsNeither()
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await ChangeAsync(connection, transaction);
        await database.Outbox.AddAsync(transaction, OutboxDatabase.Event(), CancellationToken.None);

        await database.ExecuteAsync($"SELECT pg_terminate_backend({connection.ProcessID})");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => transaction.CommitAsync());

        Assert.Empty(await database.ColumnAsync("SELECT text FROM note"));
        Assert.Empty(await database.WaitingAsync());
    }

    private static async Task ChangeAsync(NpgsqlConnection connection, NpgsqlTransaction transaction)
    {
        await using var change = new NpgsqlCommand("INSERT INTO note VALUES ('changed')", connection, transaction);
        await change.ExecuteNonQueryAsync();
    }
}
