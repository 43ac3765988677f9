using System.Runtime.Versioning;
using System.Security.Cryptography;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.Options;
using Npgsql;

namespace McpSecure.Crypto.Tests;

/// <summary>Rotates the account of Crypto's own database, and takes away what it needs to go on opening it.</summary>
[SupportedOSPlatform("linux")]
public sealed class OwnAccountTests : IAsyncLifetime
{
    private static readonly TimeSpan Overlap = TimeSpan.FromSeconds(4);

    private readonly string owner = $"crypto{RandomNumberGenerator.GetHexString(12, lowercase: true)}";
    private readonly CryptoPlatform platform = new();

    private string File => Path.Combine(platform.Pki.Folder, "account");

    private (string Name, string Value)[] Settings =>
    [
        ("DatabaseAccounts:Logins:crypto", ConnectionString(owner, "first")),
        ("DatabaseAccounts:Overlap", $"{Overlap}"),
        ("DatabaseAccount:Rotated", "true"),
        ("DatabaseAccount:File", File),
    ];

    public async Task InitializeAsync()
    {
        await platform.InitializeAsync();
        await OnDatabaseAsync(
            $"""
            CREATE ROLE {owner} SUPERUSER;
            CREATE ROLE {owner}_a LOGIN PASSWORD 'first' IN ROLE {owner}; ALTER ROLE {owner}_a SET role = '{owner}';
            CREATE ROLE {owner}_b LOGIN PASSWORD 'first' IN ROLE {owner}; ALTER ROLE {owner}_b SET role = '{owner}';
            """);
    }

    public async Task DisposeAsync()
    {
        await OnDatabaseAsync($"ALTER ROLE {owner} NOSUPERUSER"); // the server is shared
        await platform.DisposeAsync();
    }

    [Theory]
    [InlineData("DatabaseAccount:Rotated", "false")]
    [InlineData("DatabaseAccount:File", "")]
    public async Task Start_WithoutWhatKeepsItFromLockingItselfOut_IsRefused(string setting, string value)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync([.. Settings, (setting, value)]));

        Assert.Equal(
            "DatabaseAccounts:Logins:crypto: needs DatabaseAccount:Rotated and DatabaseAccount:File, without which this service locks itself out.", Assert.Single(refused.Failures));
    }

    [Fact]
    public async Task Start_WithAFileThatCannotBeWritten_IsRefused()
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(() => StartAsync([.. Settings, ("DatabaseAccount:File", $"{platform.Pki.Folder}/none/account")]));

        Assert.Equal($"DatabaseAccount:File: nothing can be written to {platform.Pki.Folder}/none (DirectoryNotFoundException).", Assert.Single(refused.Failures));
    }

    [Fact]
    public async Task Start_WithAFileOfSomethingElse_SaysSoInsteadOfTheParsersText()
    {
        Write("Username=x;Password=sentinel;sentinel");

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(Settings));

        Assert.StartsWith($"The file {File} does not hold an account", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sentinel", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAnAccountThatWasKeptTooLongAgo_BeginsWithTheConnectionStrings()
    {
        Write($"Username={owner}_b;Password=of long ago");

        var replica = await StartAsync(Settings);
        await replica.WaitUntilReadyAsync();

        await UntilAsync("version = 2 AND ready");
        Assert.Equal($"{owner}_b", Kept().Username);
        await SignInAsync(Kept());
    }

    [Fact]
    public async Task Login_WhoseSuccessorCannotBeKept_StaysOpen_UntilItIs()
    {
        var replica = await StartAsync(Settings);
        await UntilAsync("version = 2 AND ready");
        var before = Kept();
        System.IO.File.Delete(File);
        Directory.CreateDirectory(File);

        await platform.As<DatabaseAccountService.DatabaseAccountServiceClient>("cli", replica)
            .RotateDatabaseAccountAsync(new() { Workload = "crypto" }, platform.Actors.SignIn("dba", "database-accounts*:*").Metadata);
        await Task.Delay(2 * Overlap);

        Assert.Equal(1, await platform.CountAsync("SELECT count(*) FROM database_accounts WHERE version = 3 AND NOT ready"));
        await SignInAsync(before);

        Directory.Delete(File);
        await UntilAsync("version = 3 AND ready");
        Assert.NotEqual(before.Username, Kept().Username);
        await SignInAsync(Kept());
        Assert.Equal(PostgresErrorCodes.InvalidPassword, (await Assert.ThrowsAsync<PostgresException>(() => SignInAsync(before))).SqlState);
    }

    // The first login, as an operator or the AppHost puts it right, is the one that is given out, under a password that nobody can sign in with.
    [Fact]
    public async Task Login_ThatIsGivenOutAndTakesNoPasswordOfOurs_DoesNotKeepTheOtherFromHealing()
    {
        var replica = await StartAsync(Settings);
        await UntilAsync("version = 2 AND ready");
        var cli = platform.As<DatabaseAccountService.DatabaseAccountServiceClient>("cli", replica);
        await cli.RotateDatabaseAccountAsync(new() { Workload = "crypto" }, platform.Actors.SignIn("dba", "database-accounts*:*").Metadata);
        await replica.StopAsync();
        System.IO.File.Delete(File);
        await OnDatabaseAsync($"ALTER ROLE {owner}_a PASSWORD 'first'");

        await (await StartAsync(Settings)).WaitUntilReadyAsync();

        await UntilAsync("version = 3 AND ready");
    }

    private Task<ServiceHost> StartAsync((string Name, string Value)[] settings) =>
        platform.StartUnreadyReplicaAsync(ConnectionString($"{owner}_a", "first"), _ => { }, redis: null, settings);

    private string ConnectionString(string username, string password) =>
        new NpgsqlConnectionStringBuilder(platform.ConnectionString) { Username = username, Password = password, SslMode = SslMode.Disable }.ConnectionString;

    private NpgsqlConnectionStringBuilder Kept() => new(System.IO.File.ReadAllText(File));

    private void Write(string account)
    {
        System.IO.File.WriteAllText(File, account);
        System.IO.File.SetUnixFileMode(File, UnixFileMode.UserRead | UnixFileMode.UserWrite);
    }

    private async Task SignInAsync(NpgsqlConnectionStringBuilder account)
    {
        await using var connection = new NpgsqlConnection($"{ConnectionString(account.Username!, account.Password!)};Pooling=false");
        await connection.OpenAsync();
    }

    private async Task UntilAsync(string condition)
    {
        for (var begun = TimeProvider.System.GetTimestamp(); await platform.CountAsync($"SELECT count(*) FROM database_accounts WHERE {condition}") != 1; await Task.Delay(50))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(25), condition);
        }
    }

    private async Task OnDatabaseAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(platform.ConnectionString);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}
