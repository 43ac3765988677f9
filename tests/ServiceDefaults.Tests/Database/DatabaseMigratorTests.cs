using McpSecure.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace McpSecure.ServiceDefaults.Tests;

public sealed class DatabaseMigratorTests : IAsyncLifetime
{
    private static readonly Migration First = new(1, "first", "CREATE TABLE first (id int);");
    private static readonly Migration Second = new(2, "second", "CREATE TABLE second (id int);\nINSERT INTO second VALUES (1);");

    private NpgsqlDataSource database = null!;

    public async Task InitializeAsync() =>
        database = NpgsqlDataSource.Create(await (await PostgresServer.SharedAsync()).CreateDatabaseAsync());

    public async Task DisposeAsync() => await database.DisposeAsync();

    [Fact]
    public async Task Apply_ToAnEmptyDatabase_RunsEachInOrderAndRecordsItsDigest()
    {
        await ApplyAsync(First, Second);

        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM second"));
        Assert.Equal("1 first,2 second", await ScalarAsync("SELECT string_agg(number || ' ' || name, ',' ORDER BY number) FROM schema_migrations WHERE series = 'Test'"));
        Assert.Equal(First.Sha256, await ScalarAsync("SELECT sha256 FROM schema_migrations WHERE number = 1"));
    }

    [Fact]
    public async Task Apply_Again_RunsOnlyWhatIsNew()
    {
        await ApplyAsync(First);

        await ApplyAsync(First, Second);
        await ApplyAsync(First, Second);

        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM second"));
    }

    [Fact]
    public async Task Apply_ByManyReplicasAtOnce_RunsEachMigrationOnce()
    {
        var slow = new Migration(1, "slow", "CREATE TABLE slow (id int); SELECT pg_sleep(0.2); INSERT INTO slow VALUES (1);");
        var another = new Migration(2, "another", "INSERT INTO slow SELECT max(id) + 1 FROM slow;");

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => ApplyAsync(slow, another))));

        Assert.Equal("1,2", await ScalarAsync("SELECT string_agg(id::text, ',' ORDER BY id) FROM slow"));
    }

    [Fact]
    public async Task Apply_WhileAnotherReplicaMigrates_SaysWhatItWaitsForAndGoesOnAfterwards()
    {
        await using var other = await database.OpenConnectionAsync();
        await using var transaction = await other.BeginTransactionAsync();
        await using var take = new NpgsqlCommand("SELECT pg_advisory_xact_lock(x'4D63705365634D67'::bigint)", other, transaction);
        await take.ExecuteNonQueryAsync();
        var waitsFor = new TaskCompletionSource<string>();

        var apply = ApplyAsync([First], what => waitsFor.TrySetResult(what));
        var said = await waitsFor.Task.WaitAsync(TimeSpan.FromSeconds(10));
        Assert.False(apply.IsCompleted);
        await transaction.RollbackAsync();
        await apply;

        Assert.Equal("another replica to finish its migrations", said);
        Assert.Equal(0L, await ScalarAsync("SELECT count(*) FROM first"));
    }

    [Fact]
    public async Task Apply_AfterAnAppliedMigrationWasEdited_IsRefused()
    {
        await ApplyAsync(First, Second);

        var error = await Assert.ThrowsAsync<MigrationException>(() => ApplyAsync(First with { Sql = First.Sql + " -- harmless" }, Second));

        Assert.Equal(
            "Migration 0001_first of Test was edited after it was applied to this database: restore the file and add a new one.", error.Message);
    }

    [Fact]
    public async Task Apply_FromACheckoutWithOtherLineEnds_IsTheSameMigration()
    {
        await ApplyAsync(First, Second);

        await ApplyAsync(First, Second with { Sql = Second.Sql.Replace("\n", "\r\n") });
    }

    [Fact]
    public async Task Apply_ToADatabaseOfANewerBinary_IsRefused()
    {
        await ApplyAsync(First, Second);

        var error = await Assert.ThrowsAsync<MigrationException>(() => ApplyAsync(First));

        Assert.Equal("The database holds migration 0002_second of Test, which is newer than this binary: start a newer one.", error.Message);
    }

    [Fact]
    public async Task Apply_ToADatabaseWithAGap_IsRefused()
    {
        await ApplyAsync(First, Second);
        await ScalarAsync("DELETE FROM schema_migrations WHERE series = 'Test' AND number = 1");

        var error = await Assert.ThrowsAsync<MigrationException>(() => ApplyAsync(First, Second));

        Assert.Equal("The database holds migration 0002_second of Test without number 1: restore it from a backup.", error.Message);
    }

    [Fact]
    public async Task Apply_BrokenSql_RollsThatMigrationBackAndKeepsTheOnesBefore()
    {
        var broken = new Migration(2, "broken", "CREATE TABLE half (id int); INSERT INTO nowhere VALUES (1);");

        var error = await Assert.ThrowsAsync<MigrationException>(() => ApplyAsync(First, broken));

        Assert.Equal("Migration 0002_broken of Test failed and was rolled back: relation \"nowhere\" does not exist (SQLSTATE 42P01).", error.Message);
        Assert.Equal("first,schema_migrations", await ScalarAsync("SELECT string_agg(tablename, ',' ORDER BY tablename) FROM pg_tables WHERE schemaname = 'public'"));
        Assert.Equal(1L, await ScalarAsync("SELECT count(*) FROM schema_migrations"));
    }

    [Fact]
    public async Task Apply_TwoSeries_NumbersThemApart()
    {
        await Migrator(new MigrationSeries("One", [First]), new MigrationSeries("Other", [new Migration(1, "second", Second.Sql)]))
            .ApplyAsync(_ => { }, CancellationToken.None);

        Assert.Equal("One 1,Other 1", await ScalarAsync("SELECT string_agg(series || ' ' || number, ',' ORDER BY series) FROM schema_migrations"));
    }

    private Task ApplyAsync(params Migration[] migrations) => ApplyAsync(migrations, _ => { });

    private Task ApplyAsync(Migration[] migrations, Action<string> waitsFor) =>
        Migrator(MigrationSeries.Checked("Test", migrations)).ApplyAsync(waitsFor, CancellationToken.None);

    private DatabaseMigrator Migrator(params MigrationSeries[] series) =>
        new(database, series, TimeProvider.System, NullLogger<DatabaseMigrator>.Instance);

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }
}
