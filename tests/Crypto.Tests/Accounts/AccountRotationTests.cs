using System.Runtime.Versioning;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Npgsql;

namespace McpSecure.Crypto.Tests;

/// <summary>Rotates the account of a workload on a Postgres, and breaks rotations off.</summary>
[SupportedOSPlatform("linux")]
public sealed class AccountRotationTests : IAsyncLifetime
{
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(4);

    private readonly string owner = $"shop{System.Security.Cryptography.RandomNumberGenerator.GetHexString(12, lowercase: true)}";
    private readonly CryptoPlatform platform = new();
    private readonly PostgresDatabase target = new();
    private ServiceHost replica = null!;

    private string Logins => new NpgsqlConnectionStringBuilder(target.ConnectionString) { Username = owner, Password = "first" }.ConnectionString;

    public async Task InitializeAsync()
    {
        await platform.InitializeAsync();
        await target.InitializeAsync();
        await OnTargetAsync(
            $"""
            CREATE ROLE {owner}; CREATE ROLE {owner}_a LOGIN PASSWORD 'first' IN ROLE {owner}; CREATE ROLE {owner}_b LOGIN PASSWORD 'first' IN ROLE {owner};
            ALTER ROLE {owner}_a SET role = '{owner}'; ALTER ROLE {owner}_b SET role = '{owner}'; GRANT CREATE ON SCHEMA public TO {owner};
            """);
        replica = await platform.StartReplicaAsync(("DatabaseAccounts:Logins:audit", Logins), ("DatabaseAccounts:Overlap", $"{Overlap}"));
    }

    public async Task DisposeAsync()
    {
        await platform.DisposeAsync();
        await target.DisposeAsync();
    }

    [Fact]
    public async Task Account_FromTheFirst_IsOneThatTheConfigurationDoesNotKnow_AndOldOnesAreRefusedAfterTheOverlap()
    {
        var first = await AnswerAsync(version: 2);
        await using (var session = await SignInAsync(first))
        {
            await using var make = new NpgsqlCommand("CREATE TABLE made (x int)", session);
            await make.ExecuteNonQueryAsync();
        }

        Assert.Equal(Overlap / 4, first.AskAgainAfter.ToTimeSpan());
        Assert.Equal(owner, await AskTargetAsync("SELECT tableowner::text FROM pg_tables WHERE tablename = 'made'"));

        await UntilReadyAsync();
        await RotateAsync();
        var second = await AnswerAsync(version: 3);
        Assert.NotEqual(first.Username, second.Username);
        await (await SignInAsync(first)).DisposeAsync();
        await (await SignInAsync(second)).DisposeAsync();

        await UntilReadyAsync();
        await (await SignInAsync(second)).DisposeAsync();
        await AssertRefusedAsync(first.Username, first.Password);
        await AssertRefusedAsync($"{owner}_a", "first");
        await AssertRefusedAsync($"{owner}_b", "first");
    }

    [Fact]
    public async Task Crash_AfterTheDatabaseWasTold_IsMadeGoodAtTheNextRound()
    {
        await AnswerAsync(version: 2);
        await OnCryptoAsync("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'dead'; END $$");
        await OnCryptoAsync("CREATE TRIGGER die BEFORE UPDATE ON database_accounts FOR EACH ROW WHEN (NEW.ready) EXECUTE FUNCTION die()");
        await WaitAsync(async () => await platform.CountAsync("SELECT count(*) FROM database_accounts WHERE sealed_next IS NOT NULL") == 1);
        await Task.Delay(TimeSpan.FromSeconds(2.5)); // rounds that tell the database again, and die again

        await (await SignInAsync(await AnswerAsync(version: 2))).DisposeAsync();
        await OnCryptoAsync("DROP TRIGGER die ON database_accounts");

        await UntilReadyAsync();
        await RotateAsync();
        await (await SignInAsync(await AnswerAsync(version: 3))).DisposeAsync();
    }

    [Fact]
    public async Task Login_ThatDoesNotWork_IsNeverGivenOut()
    {
        var given = await AnswerAsync(version: 2);
        var other = given.Username.EndsWith("_a", StringComparison.Ordinal) ? $"{owner}_b" : $"{owner}_a";
        await OnTargetAsync($"ALTER ROLE {other} PASSWORD 'meddled with'");
        await Task.Delay(Overlap + TimeSpan.FromSeconds(2));

        await platform.As<DatabaseAccountService.DatabaseAccountServiceClient>("cli", replica)
            .RotateDatabaseAccountAsync(new() { Workload = "audit" }, Administrator().Metadata).AssertRefusedAsync(ErrorReason.AccountRotating);

        Assert.Equal(given.Username, (await AnswerAsync(version: 2)).Username);
        await (await SignInAsync(given)).DisposeAsync();
    }

    private TestActor Administrator() => platform.Actors.SignIn("dba", "database-accounts*:*");

    private async Task RotateAsync()
    {
        var rotated = await platform.As<DatabaseAccountService.DatabaseAccountServiceClient>("cli", replica)
            .RotateDatabaseAccountAsync(new() { Workload = "audit" }, Administrator().Metadata);
        Assert.False(rotated.Account.Ready);
        await platform.Audit.FindAsync("crypto.database_account.rotated", one => one.Resource == "database-accounts/audit" && one.Caller == "cli");
    }

    private async Task<GetDatabaseAccountResponse> AnswerAsync(int version)
    {
        await WaitAsync(async () => await platform.CountAsync($"SELECT count(*) FROM database_accounts WHERE version = {version}") == 1);
        return await platform.As<DatabaseAccountService.DatabaseAccountServiceClient>("audit", replica).GetDatabaseAccountAsync(new());
    }

    private Task UntilReadyAsync() => WaitAsync(async () => await platform.CountAsync("SELECT count(*) FROM database_accounts WHERE ready") == 1);

    private async Task<NpgsqlConnection> SignInAsync(GetDatabaseAccountResponse account)
    {
        var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(Logins) { Username = account.Username, Password = account.Password, Pooling = false }.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    private async Task AssertRefusedAsync(string username, string password)
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => SignInAsync(new() { Username = username, Password = password }));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    private static async Task WaitAsync(Func<Task<bool>> holds)
    {
        for (var begun = TimeProvider.System.GetTimestamp(); !await holds(); await Task.Delay(50))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(20), "What was waited for did not come.");
        }
    }

    private async Task OnTargetAsync(string sql)
    {
        await using var command = target.DataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<string> AskTargetAsync(string sql)
    {
        await using var command = target.DataSource.CreateCommand(sql);
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task OnCryptoAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(platform.ConnectionString);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
