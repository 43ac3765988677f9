using System.Runtime.Versioning;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.Options;
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

    private string Logins => new NpgsqlConnectionStringBuilder(target.ConnectionString) { Username = owner, Password = "first", SslMode = SslMode.Disable }.ConnectionString;

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
    public async Task Login_WhosePasswordSomebodyChanged_IsNeverGivenOut_IsToldOnce_AndHealsByTheFirstPassword()
    {
        var given = await AnswerAsync(version: 2);
        var other = OtherThan(given);
        await UntilReadyAsync();
        await OnTargetAsync($"ALTER ROLE {other} PASSWORD 'meddled with'");

        await platform.As<DatabaseAccountService.DatabaseAccountServiceClient>("cli", replica)
            .RotateDatabaseAccountAsync(new() { Workload = "audit" }, Administrator().Metadata).AssertRefusedAsync(ErrorReason.AccountRotating);
        await Task.Delay(TimeSpan.FromSeconds(7)); // rounds that fail, after two seconds and after four

        Assert.Equal(given.Username, (await AnswerAsync(version: 2)).Username);
        await (await SignInAsync(given)).DisposeAsync();
        var told = platform.Audit.All.Where(one => one.Action == "crypto.database_account.rotation_failed").ToList();
        Assert.Equal(["SQLSTATE_28P01", "SQLSTATE_28P01"], told.Select(one => one.Reason)); // when it was to be given out, and when it was to be renewed
        Assert.All(told, one => Assert.Equal((Severity.High, "database-accounts/audit", "crypto"), (one.Severity, one.Resource, one.Actor.Id)));

        await OnTargetAsync($"ALTER ROLE {other} PASSWORD 'first'");
        await UntilReadyAsync();
        await RotateAsync();
        Assert.Equal(other, (await AnswerAsync(version: 3)).Username);
        await AssertRefusedAsync(other, "first");
    }

    [Fact]
    public async Task Login_WhoseStoredPasswordsDoNotOpen_HealsByTheFirstPassword()
    {
        var given = await AnswerAsync(version: 2);
        await UntilReadyAsync();
        const string Unreadable = "'mcs1.secrets.1.AAAA'";
        await platform.TamperAsync($"UPDATE database_accounts SET sealed_a = {Unreadable}");

        await platform.As<DatabaseAccountService.DatabaseAccountServiceClient>("cli", replica)
            .RotateDatabaseAccountAsync(new() { Workload = "audit" }, Administrator().Metadata).AssertRefusedAsync(ErrorReason.AccountRotating);
        await platform.Audit.FindAsync("crypto.database_account.rotation_failed", one => one.Reason == "PASSWORD_DOES_NOT_OPEN");
        await platform.TamperAsync($"UPDATE database_accounts SET sealed_next = {Unreadable}");
        await OnTargetAsync($"ALTER ROLE {OtherThan(given)} PASSWORD 'first'");

        await UntilReadyAsync();
        await RotateAsync();
        Assert.Equal(OtherThan(given), (await AnswerAsync(version: 3)).Username);
    }

    [Fact]
    public async Task TimeWithoutRounds_DoesNotCountForTheOverlap()
    {
        var given = await AnswerAsync(version: 2);
        await UntilReadyAsync();
        await using (var crypto = NpgsqlDataSource.Create(platform.ConnectionString))
        await using (var holder = await crypto.OpenConnectionAsync())
        {
            // No replica is the leader, as while the database is away.
            await RunAsync(holder, "SELECT pg_advisory_lock(hashtextextended('leader/account-rotation', 0))");
            await RotateAsync();
            await Task.Delay(Overlap + TimeSpan.FromSeconds(4));
            await RunAsync(holder, "SELECT pg_advisory_unlock_all()");
        }

        await Task.Delay(Overlap * 0.6); // rounds that may not close it yet
        await (await SignInAsync(given)).DisposeAsync();

        await UntilReadyAsync();
        await AssertRefusedAsync(given.Username, given.Password);
    }

    [Fact]
    public async Task StolenLogin_GetsNoWayInThatSurvivesTwoRotations()
    {
        var stolen = await AnswerAsync(version: 2);
        await UntilReadyAsync();
        await using var session = await SignInAsync(stolen);
        await TryAsync(session, $"ALTER ROLE {owner} PASSWORD 'mine'", refused: false);
        foreach (var role in new[] { owner, "NONE" })
        {
            await TryAsync(session, $"SET ROLE {role}", refused: false);
            await TryAsync(session, $"ALTER ROLE {owner} LOGIN", refused: true);
            await TryAsync(session, $"ALTER ROLE {stolen.Username} CREATEROLE", refused: true);
            await TryAsync(session, $"ALTER ROLE {OtherThan(stolen)} PASSWORD 'mine'", refused: true);
            await TryAsync(session, "CREATE ROLE mine LOGIN", refused: true);
        }

        var locked = await Assert.ThrowsAsync<PostgresException>(() => SignInAsync(new() { Username = owner, Password = "mine" }));
        Assert.Equal(PostgresErrorCodes.InvalidAuthorizationSpecification, locked.SqlState);

        await RotateAsync();
        await UntilReadyAsync();
        await RotateAsync();
        await UntilReadyAsync();

        await AssertRefusedAsync(stolen.Username, stolen.Password);
        Assert.Equal(PostgresErrorCodes.AdminShutdown, (await Assert.ThrowsAsync<PostgresException>(() => RunAsync(session, "SELECT 1"))).SqlState);
        await platform.Audit.FindAsync("crypto.database_account.closed", one => one.Attributes["login"] == stolen.Username[^1..] && one.Attributes["sessions_ended"] == "1");
    }

    [Fact]
    public async Task Logins_OfAHostThatIsNotThisOne_WithoutProofOfIt_StopTheStart()
    {
        var elsewhere = new NpgsqlConnectionStringBuilder(Logins) { Host = "db.example", SslMode = SslMode.Require }.ConnectionString;

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => platform.StartReplicaAsync(("DatabaseAccounts:Logins:audit", elsewhere)));

        Assert.Equal(
            "DatabaseAccounts:Logins:audit: would not know whom it talks to: SSL Mode must be VerifyCA or VerifyFull where the host is not this one.", Assert.Single(refused.Failures));
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

    private string OtherThan(GetDatabaseAccountResponse account) => account.Username == $"{owner}_a" ? $"{owner}_b" : $"{owner}_a";

    private static async Task RunAsync(NpgsqlConnection session, string sql)
    {
        await using var command = new NpgsqlCommand(sql, session);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task TryAsync(NpgsqlConnection session, string sql, bool refused)
    {
        var problem = await Record.ExceptionAsync(() => RunAsync(session, sql));
        Assert.Equal((sql, refused ? PostgresErrorCodes.InsufficientPrivilege : null), (sql, (problem as PostgresException)?.SqlState));
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
