using System.Collections.Concurrent;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace McpSecure.SystemTests;

/// <summary>Rotates the accounts that the services sign in to their databases with, while they are called.</summary>
[Collection(PlatformTests.Name)]
public sealed class AccountRotationTests(PlatformFixture fixture)
{
    private const int Rotations = 2;

    private readonly Platform platform = fixture.Platform;
    private readonly Story story = fixture.Story;

    private DatabaseAccountService.DatabaseAccountServiceClient Accounts => story.Administrator.Call<DatabaseAccountService.DatabaseAccountServiceClient>();

    [Fact]
    public async Task Rotation_OfAllFiveAccountsUnderLoad_FailsNoCall_AndPostgresRefusesTheOldPasswords()
    {
        await story.Administrator.SignInAsync();
        await UntilReadyAsync();
        var before = await GivenOutAsync();

        // Connections live for a second here: every kind of call opens some all the time.
        using var enough = new CancellationTokenSource();
        var failures = new ConcurrentQueue<Exception>();
        var answered = 0;
        await using var clients = platform.Clients("cli", options => options.AccessToken = _ => ValueTask.FromResult(story.Administrator.Token));
        var load = CallsOf.EveryService(clients, story.Administrator.UserId).Select(async call =>
        {
            while (!enough.IsCancellationRequested)
            {
                try
                {
                    await call.MakeAsync();
                    Interlocked.Increment(ref answered);
                }
                catch (Exception e)
                {
                    failures.Enqueue(e);
                }
            }
        }).ToList();

        for (var i = 0; i < Rotations; i++)
        {
            var then = await GivenOutAsync();
            foreach (var service in Platform.ServiceNames)
            {
                await Accounts.RotateDatabaseAccountAsync(new RotateDatabaseAccountRequest { Workload = service });
            }

            await Until.TrueAsync("every service to sign in as its new account", async () => await SessionsAsync(await UsernamesAsync()) >= Platform.ServiceNames.Count);
            await UntilReadyAsync();
            foreach (var (service, account) in then)
            {
                await AssertRefusedAsync(service, account);
            }
        }

        await enough.CancelAsync();
        await Task.WhenAll(load);

        Assert.Empty(failures.Select(failure => failure.Message).Distinct(StringComparer.Ordinal));
        Assert.True(answered > 200, $"Only {answered} calls were answered.");
        foreach (var (service, account) in before)
        {
            await AssertRefusedAsync(service, account);
        }
    }

    [Fact]
    public async Task Services_StartedAgainWhenTheirFirstPasswordsAreWorthNothing_WaitForCrypto_WhichHasKeptItsOwnAccount()
    {
        await story.Administrator.SignInAsync();
        await UntilReadyAsync();
        await AssertRefusedAsync("crypto", new GetDatabaseAccountResponse { Username = "cryptodb_a", Password = platform.FirstPassword });
        await platform["crypto"].KillAsync();
        await platform["audit"].StopAsync();

        await platform["audit"].LaunchAsync();
        await platform["audit"].WaitUntilNotReadyAsync();
        await platform["crypto"].StartAsync();

        await platform.WaitUntilReadyAsync();
        await story.Administrator.Call<KeyService.KeyServiceClient>().ListKeyringsAsync(new ListKeyringsRequest());
    }

    [Fact]
    public async Task Rotation_AgainBeforeTheOverlapIsOver_IsRefused()
    {
        await story.Administrator.SignInAsync();
        await UntilReadyAsync();
        await Accounts.RotateDatabaseAccountAsync(new RotateDatabaseAccountRequest { Workload = "audit" });

        await Accounts.RotateDatabaseAccountAsync(new RotateDatabaseAccountRequest { Workload = "audit" }).AssertRefusedAsync(ErrorReason.AccountRotating);
        await Accounts.RotateDatabaseAccountAsync(new RotateDatabaseAccountRequest { Workload = "gateway" }).AssertRefusedAsync(ErrorReason.AccountNotFound);
        await story.Developer.Call<DatabaseAccountService.DatabaseAccountServiceClient>().RotateDatabaseAccountAsync(new RotateDatabaseAccountRequest { Workload = "audit" })
            .AssertRefusedAsync(ErrorReason.PermissionDenied);
    }

    [Fact]
    public async Task Account_IsAnsweredToItsOwnWorkloadOnly()
    {
        await using var cli = platform.Clients("cli");
        await using var auth = platform.Clients("auth");

        await cli.GetRequiredService<DatabaseAccountService.DatabaseAccountServiceClient>().GetDatabaseAccountAsync(new GetDatabaseAccountRequest()).AssertRefusedAsync(ErrorReason.CallerNotAllowed);
        Assert.StartsWith("authdb_", (await auth.GetRequiredService<DatabaseAccountService.DatabaseAccountServiceClient>().GetDatabaseAccountAsync(new GetDatabaseAccountRequest())).Username, StringComparison.Ordinal);
    }

    private Task UntilReadyAsync() => Until.TrueAsync("every account to be ready for its next rotation", async () =>
        (await Accounts.ListDatabaseAccountsAsync(new ListDatabaseAccountsRequest())).Accounts is { Count: 5 } accounts && accounts.All(account => account.Ready && account.Version > 1));

    private async Task<List<string>> UsernamesAsync() =>
        [.. (await Accounts.ListDatabaseAccountsAsync(new ListDatabaseAccountsRequest())).Accounts.Select(account => account.Username)];

    // Whoever has a workload's certificate is told its account; Crypto has its own and tells nobody.
    private async Task<List<(string Service, GetDatabaseAccountResponse Account)>> GivenOutAsync()
    {
        var accounts = new List<(string, GetDatabaseAccountResponse)>();
        foreach (var service in Platform.ServiceNames.Where(name => name != Peers.Crypto))
        {
            await using var clients = platform.Clients(service);
            accounts.Add((service, await clients.GetRequiredService<DatabaseAccountService.DatabaseAccountServiceClient>().GetDatabaseAccountAsync(new GetDatabaseAccountRequest())));
        }

        return accounts;
    }

    private async Task AssertRefusedAsync(string service, GetDatabaseAccountResponse account)
    {
        var settings = new NpgsqlConnectionStringBuilder(platform.ConnectionString(service)) { Username = account.Username, Password = account.Password, Pooling = false };
        await using var connection = new NpgsqlConnection(settings.ConnectionString);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => connection.OpenAsync());
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    private async Task<long> SessionsAsync(IReadOnlyCollection<string> users)
    {
        await using var connection = new NpgsqlConnection($"{platform.Postgres.ConnectionString("postgres")};Pooling=false");
        await connection.OpenAsync();
        await using var count = new NpgsqlCommand("SELECT count(DISTINCT usename) FROM pg_stat_activity WHERE usename = ANY ($1)", connection) { Parameters = { new() { Value = users.ToArray() } } };
        return (long)(await count.ExecuteScalarAsync())!;
    }
}
