using System.Runtime.Versioning;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.Crypto.Tests;

/// <summary>Each test has a platform of its own: what they do to it is not to be shared.</summary>
[SupportedOSPlatform("linux")]
public sealed class KeyHierarchyTests : IAsyncLifetime
{
    private readonly CryptoPlatform platform = new();

    public Task InitializeAsync() => platform.InitializeAsync();

    public Task DisposeAsync() => platform.DisposeAsync();

    [Fact]
    public async Task Start_OnAnEmptyDatabase_MakesTheBuiltInKeyringsAndTellsOfThem()
    {
        Assert.Equal(1, await platform.CountAsync("SELECT count(*) FROM key_encryption_keys"));
        Assert.Equal(BuiltInKeyrings.All.Count, await platform.CountAsync("SELECT count(*) FROM keyrings"));
        foreach (var (name, _) in BuiltInKeyrings.All)
        {
            await platform.Audit.FindAsync("crypto.keyring.created", one => one is { Source: "crypto" } && one.Resource == $"keyrings/{name}");
        }

        await platform.Audit.FindAsync("crypto.key_encryption_key.created", _ => true);
    }

    [Fact]
    public async Task Start_OfManyReplicasAtOnce_MakesEachThingOnce()
    {
        var fresh = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();

        var replicas = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => platform.StartUnreadyReplicaAsync(fresh, _ => { })));
        await Task.WhenAll(replicas.Select(replica => replica.WaitUntilReadyAsync()));

        await using var database = NpgsqlDataSource.Create(fresh);
        await using var count = database.CreateCommand(
            "SELECT (SELECT count(*) FROM key_encryption_keys) * 100 + (SELECT count(*) FROM keyrings) * 10 + (SELECT count(*) FROM key_versions)");
        Assert.Equal(100L + (11 * BuiltInKeyrings.All.Count), await count.ExecuteScalarAsync());
        var ciphertext = (await platform.Encryption("auth", replicas[0]).EncryptAsync(new() { Keyring = "mfa-secrets", Plaintext = ByteString.CopyFromUtf8("x") })).Ciphertext;
        foreach (var replica in replicas)
        {
            Assert.Equal("x", (await platform.Encryption("auth", replica).DecryptAsync(new() { Keyring = "mfa-secrets", Ciphertext = ciphertext })).Plaintext.ToStringUtf8());
        }
    }

    [Fact]
    public async Task Restart_KeepsKeysAndCiphertexts()
    {
        var ciphertext = (await platform.Encryption("auth").EncryptAsync(new() { Keyring = "mfa-secrets", Plaintext = ByteString.CopyFromUtf8("x") })).Ciphertext;
        await platform.Host.StopAsync();

        var again = await platform.StartReplicaAsync();

        Assert.Equal("x", (await platform.Encryption("auth", again).DecryptAsync(new() { Keyring = "mfa-secrets", Ciphertext = ciphertext })).Plaintext.ToStringUtf8());
        Assert.Equal(BuiltInKeyrings.All.Count, await platform.CountAsync("SELECT count(*) FROM key_versions"));
    }

    [Fact]
    public async Task WrongRootKey_NeverBecomesReadyNorMakesAKey_AndRecoversWithTheRightOne()
    {
        await platform.Host.StopAsync();
        platform.WriteRootKey(2);
        var log = new LogCapture();

        var replica = await platform.StartUnreadyReplicaAsync(platform.ConnectionString, services => services.AddSingleton<ILoggerProvider>(log));
        var sentence = await log.FindAsync("The keys stay closed: ");

        Assert.Matches("The keys stay closed: The root key given is file:[0-9a-f]{16}, but the stored key-encryption key [0-9a-f-]{36} was sealed by file:[0-9a-f]{16}\\. Give that one back: nothing in this database can be read without it\\.", sentence);
        Assert.Equal(HealthStatus.Unhealthy, (await replica.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["keys"].Status);
        await platform.Encryption("auth", replica).EncryptAsync(new() { Keyring = "mfa-secrets" }).AssertRefusedAsync(ErrorReason.DependencyUnavailable);
        Assert.Equal(1, await platform.CountAsync("SELECT count(*) FROM key_encryption_keys"));

        platform.WriteRootKey(1);
        await replica.WaitUntilReadyAsync();
        await platform.Encryption("auth", replica).EncryptAsync(new() { Keyring = "mfa-secrets" });
    }

    [Fact]
    public async Task ChangedKeyEncryptionKey_NeverBecomesReady()
    {
        await platform.Host.StopAsync();
        await platform.TamperAsync("UPDATE key_encryption_keys SET wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)");
        var log = new LogCapture();

        await platform.StartUnreadyReplicaAsync(platform.ConnectionString, services => services.AddSingleton<ILoggerProvider>(log));

        Assert.Contains("the row was changed. Restore it from a backup.", await log.FindAsync("The keys stay closed: "), StringComparison.Ordinal);
    }

    // The stored key of one keyring, put in another's place by somebody who can write to the database, opens nowhere.
    [Fact]
    public async Task StoredKeyMovedToAnotherKeyring_IsNotUsed()
    {
        await platform.TamperAsync(
            "UPDATE key_versions SET wrapped = (SELECT wrapped FROM key_versions WHERE keyring = 'service-tokens') WHERE keyring = 'mfa-secrets'");

        await platform.Encryption("auth").EncryptAsync(new() { Keyring = "mfa-secrets" }).AssertRefusedAsync(ErrorReason.Internal);
    }

    [Fact]
    public async Task Warm_Encryption_AsksNobodyForItsKeys()
    {
        var encryption = platform.Encryption("auth");
        var channel = platform.Host.Services.GetRequiredService<InvalidationChannel>();
        while (!channel.IsLive)
        {
            await Task.Delay(20);
        }

        await encryption.EncryptAsync(new() { Keyring = "mfa-secrets" });
        await platform.TamperAsync("ALTER TABLE key_versions RENAME TO hidden; UPDATE key_encryption_keys SET root_key = 'x'");

        for (var i = 0; i < 100; i++)
        {
            await encryption.EncryptAsync(new() { Keyring = "mfa-secrets" });
        }

        await encryption.DecryptAsync(new() { Keyring = "mfa-secrets", Ciphertext = "mcs1.mfa-secrets.1.AAAA" }).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
        await platform.Encryption("apikey").EncryptAsync(new() { Keyring = "api-key-pepper" }).AssertRefusedAsync(ErrorReason.Internal);
    }

    [Fact]
    public async Task WithoutRedis_KeysAreReadThroughAndRotationsSeenAtOnce()
    {
        var administrator = platform.Actors.SignIn("root", "keyrings*:*");
        await using var redis = await RedisServer.StartNewAsync();
        await redis.StopAsync();
        var (one, other) = (await StartAsync(), await StartAsync());

        var before = (await platform.Encryption("cli", one).EncryptAsync(new() { Keyring = "configuration" }, administrator.Metadata)).Ciphertext;
        await platform.Encryption("cli", other).EncryptAsync(new() { Keyring = "configuration" }, administrator.Metadata);
        await platform.Keys("cli", one).RotateKeyringAsync(new() { Name = "configuration" }, administrator.Metadata);

        Assert.StartsWith("mcs1.configuration.2.", (await platform.Encryption("cli", other).EncryptAsync(new() { Keyring = "configuration" }, administrator.Metadata)).Ciphertext, StringComparison.Ordinal);
        Assert.Equal(1, (await platform.Encryption("cli", other).DecryptAsync(new() { Keyring = "configuration", Ciphertext = before }, administrator.Metadata)).KeyVersion);

        async Task<ServiceHost> StartAsync()
        {
            var replica = await platform.StartUnreadyReplicaAsync(platform.ConnectionString, _ => { }, redis);
            await replica.WaitUntilReadyAsync();
            return replica;
        }
    }

    [Fact]
    public async Task WithoutPostgres_AnswersUnavailable_AndRecoversByItself()
    {
        await using var server = await PostgresServer.StartNewAsync();
        var replica = await platform.StartUnreadyReplicaAsync(await server.CreateDatabaseAsync(), _ => { });
        await replica.WaitUntilReadyAsync();
        var encryption = platform.Encryption("apikey", replica);
        await server.KillAsync();

        await encryption.EncryptAsync(new() { Keyring = "api-key-pepper" }).AssertRefusedAsync(ErrorReason.DependencyUnavailable);
        await server.StartAsync();

        await replica.WaitUntilReadyAsync();
        await EventuallyAsync(() => encryption.EncryptAsync(new() { Keyring = "api-key-pepper" }).ResponseAsync);
    }

    private static async Task EventuallyAsync(Func<Task> call)
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                await call();
                return;
            }
            catch (RpcException e) when (e.StatusCode == StatusCode.Unavailable && tries < 100)
            {
                await Task.Delay(100);
            }
        }
    }
}
