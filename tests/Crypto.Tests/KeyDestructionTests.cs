using System.Diagnostics;
using System.Runtime.Versioning;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace McpSecure.Crypto.Tests;

/// <summary>Each test has a platform of its own: a clock that jumps a month ahead destroys whatever others have scheduled.</summary>
[SupportedOSPlatform("linux")]
public sealed class KeyDestructionTests : IAsyncLifetime
{
    private static readonly TimeSpan Delay = TimeSpan.FromDays(30);

    private readonly CryptoPlatform platform = new();
    private TestActor administrator = null!;
    private KeyService.KeyServiceClient keys = null!;
    private EncryptionService.EncryptionServiceClient encryption = null!;

    public async Task InitializeAsync()
    {
        await platform.InitializeAsync();
        administrator = platform.Actors.SignIn("root", "keyrings*:*");
        (keys, encryption) = (platform.Keys("cli"), platform.Encryption("cli"));
    }

    public Task DisposeAsync() => platform.DisposeAsync();

    [Fact]
    public async Task ScheduleDestruction_MakesTheVersionUnusableAtOnce_AndCancelGivesItBackAsItWas()
    {
        var ciphertext = await EncryptThenRotateAsync("cards");
        var before = (await keys.GetKeyringAsync(new() { Name = "cards" }, administrator.Metadata)).Keyring;

        var scheduled = (await keys.ScheduleDestructionAsync(new() { Name = "cards", Version = 1 }, administrator.Metadata)).Keyring;

        Assert.InRange(scheduled.Versions[0].DestroyAt.ToDateTimeOffset() - TimeProvider.System.GetUtcNow(), Delay - TimeSpan.FromMinutes(1), Delay);
        await encryption.DecryptAsync(new() { Keyring = "cards", Ciphertext = ciphertext }, administrator.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
        await keys.EnableKeyVersionAsync(new() { Name = "cards", Version = 1 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);
        await keys.DisableKeyVersionAsync(new() { Name = "cards", Version = 1 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);
        var told = await platform.Audit.FindAsync("crypto.key_version.destruction_scheduled", one => one.Resource == "keyrings/cards");
        Assert.Equal((administrator.Actor.UserId, "1", Severity.Warning), (told.Actor.Id, told.Attributes["version"], told.Severity));

        var cancelled = (await keys.CancelDestructionAsync(new() { Name = "cards", Version = 1 }, administrator.Metadata)).Keyring;

        Assert.Equal(before, cancelled);
        await encryption.DecryptAsync(new() { Keyring = "cards", Ciphertext = ciphertext }, administrator.Metadata);
        await platform.Audit.FindAsync("crypto.key_version.destruction_cancelled", one => one.Resource == "keyrings/cards");
    }

    // A replayed or repeated order must not bring the end nearer.
    [Fact]
    public async Task ScheduleDestruction_Replayed_IsRefusedAndTheTimeStays()
    {
        await EncryptThenRotateAsync("cards");
        var order = new ScheduleDestructionRequest { Name = "cards", Version = 1, Delay = Duration.FromTimeSpan(TimeSpan.FromDays(90)) };
        var at = (await keys.ScheduleDestructionAsync(order, administrator.Metadata)).Keyring.Versions[0].DestroyAt;

        await keys.ScheduleDestructionAsync(order, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);
        await keys.ScheduleDestructionAsync(new() { Name = "cards", Version = 1 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);

        Assert.Equal(at, (await keys.GetKeyringAsync(new() { Name = "cards" }, administrator.Metadata)).Keyring.Versions[0].DestroyAt);
    }

    [Fact]
    public async Task DestroyedVersion_IsGoneFromTheDatabaseAndFromTheMemoryOfEveryReplica()
    {
        var ciphertext = await EncryptThenRotateAsync("cards");
        var clock = new ShiftedClock();
        var (one, other) = (await platform.StartReplicaAsync(clock), await platform.StartReplicaAsync(clock));
        foreach (var replica in new[] { platform.Host, one, other })
        {
            await platform.Encryption("cli", replica).DecryptAsync(new() { Keyring = "cards", Ciphertext = ciphertext }, administrator.Metadata);
            Assert.Contains("cards", Kept(replica));
        }

        var sealedKey = await SealedKeyAsync("cards", 1);
        Assert.Contains(sealedKey, await DumpAsync(), StringComparison.Ordinal);
        await keys.ScheduleDestructionAsync(new() { Name = "cards", Version = 1 }, administrator.Metadata);
        clock.Advance(Delay - TimeSpan.FromMinutes(5));
        await Task.Delay(500);
        Assert.Contains(sealedKey, await DumpAsync(), StringComparison.Ordinal);

        clock.Advance(TimeSpan.FromMinutes(5));
        await Eventually.TrueAsync(async () => (await GetAsync("cards")).Versions[0].State == V1.KeyState.Destroyed);

        Assert.DoesNotContain(sealedKey, await DumpAsync(), StringComparison.Ordinal);
        foreach (var replica in new[] { platform.Host, one, other })
        {
            await Eventually.TrueAsync(() => Task.FromResult(!Kept(replica).Contains("cards", StringComparer.Ordinal)));
        }

        await encryption.DecryptAsync(new() { Keyring = "cards", Ciphertext = ciphertext }, administrator.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
        var told = await platform.Audit.FindAsync("crypto.key_version.destroyed", _ => true);
        Assert.Equal((PrincipalType.Service, "crypto", "keyrings/cards", "1"), (told.Actor.Type, told.Actor.Id, told.Resource, told.Attributes["versions"]));
        await Task.Delay(500);
        Assert.Single(platform.Audit.All, one => one.Action == "crypto.key_version.destroyed");

        await keys.CancelDestructionAsync(new() { Name = "cards", Version = 1 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);
        await keys.EnableKeyVersionAsync(new() { Name = "cards", Version = 1 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);
        await keys.ScheduleDestructionAsync(new() { Name = "cards", Version = 1 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);
    }

    [Fact]
    public async Task DestroyedKeyring_RefusesEverything_AndItsNameIsNeverUsedAgain()
    {
        var ciphertext = await EncryptThenRotateAsync("cards");
        var clock = new ShiftedClock();
        await platform.StartReplicaAsync(clock);
        await keys.ScheduleDestructionAsync(new() { Name = "cards" }, administrator.Metadata);
        await RefusesEverythingAsync();
        await keys.CancelDestructionAsync(new() { Name = "cards" }, administrator.Metadata);
        await encryption.DecryptAsync(new() { Keyring = "cards", Ciphertext = ciphertext }, administrator.Metadata);
        await keys.ScheduleDestructionAsync(new() { Name = "cards" }, administrator.Metadata);

        clock.Advance(Delay);
        await Eventually.TrueAsync(async () => (await GetAsync("cards")).DestroyedAt is not null);

        var destroyed = await GetAsync("cards");
        Assert.All(destroyed.Versions, version => Assert.Equal(V1.KeyState.Destroyed, version.State));
        Assert.Equal(0, destroyed.ActiveVersion);
        Assert.Equal(0, await platform.CountAsync("SELECT count(*) FROM key_versions WHERE keyring = 'cards' AND wrapped IS NOT NULL"));
        await RefusesEverythingAsync();
        await keys.CancelDestructionAsync(new() { Name = "cards" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringUnusable);
        await keys.CreateKeyringAsync(new() { Name = "cards", Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringExists);
        await platform.Audit.FindAsync("crypto.keyring.destroyed", one => one.Resource == "keyrings/cards" && one.Attributes["versions"] == "1,2");

        async Task RefusesEverythingAsync()
        {
            await encryption.EncryptAsync(new() { Keyring = "cards" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringUnusable);
            await encryption.RewrapAsync(new() { Keyring = "cards", Ciphertext = ciphertext }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringUnusable);
            await encryption.DecryptAsync(new() { Keyring = "cards", Ciphertext = ciphertext }, administrator.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
            await keys.RotateKeyringAsync(new() { Name = "cards" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringUnusable);
            await keys.ScheduleDestructionAsync(new() { Name = "cards" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringUnusable);
        }
    }

    [Fact]
    public async Task ScheduleDestruction_OfWhatThePlatformNeeds_IsRefusedUntilTheVersionIsOutOfUse()
    {
        await keys.ScheduleDestructionAsync(new() { Name = "mfa-secrets" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringProtected);
        await keys.RotateKeyringAsync(new() { Name = "mfa-secrets" }, administrator.Metadata);
        await keys.ScheduleDestructionAsync(new() { Name = "mfa-secrets", Version = 1 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringProtected);

        await keys.UpdateKeyringAsync(new() { Name = "mfa-secrets", MinDecryptionVersion = 2 }, administrator.Metadata);

        await keys.ScheduleDestructionAsync(new() { Name = "mfa-secrets", Version = 1 }, administrator.Metadata);
    }

    // Somebody at the database cannot take back a destruction, nor make an active version without a key; where he removes what forbids it,
    // there is still no key.
    [Fact]
    public async Task StateSetBackByHand_WithoutItsKey_IsRefusedAndOpensNothing()
    {
        var ciphertext = await EncryptThenRotateAsync("cards");
        var clock = new ShiftedClock();
        await platform.StartReplicaAsync(clock);
        await keys.ScheduleDestructionAsync(new() { Name = "cards", Version = 1 }, administrator.Metadata);
        clock.Advance(Delay);
        await Eventually.TrueAsync(async () => (await GetAsync("cards")).Versions[0].State == V1.KeyState.Destroyed);
        const string SetBack = "UPDATE key_versions SET state = 'decrypt-only' WHERE keyring = 'cards' AND version = 1";

        Assert.Equal(PostgresErrorCodes.IntegrityConstraintViolation, (await Assert.ThrowsAsync<PostgresException>(() => platform.TamperAsync(SetBack))).SqlState);
        Assert.Equal(
            PostgresErrorCodes.IntegrityConstraintViolation,
            (await Assert.ThrowsAsync<PostgresException>(() => platform.TamperAsync("DELETE FROM key_versions WHERE keyring = 'cards' AND version = 1"))).SqlState);
        await platform.TamperAsync("ALTER TABLE key_versions DISABLE TRIGGER ALL; UPDATE keyrings SET name = name WHERE name = 'cards'");
        Assert.Equal(PostgresErrorCodes.CheckViolation, (await Assert.ThrowsAsync<PostgresException>(() => platform.TamperAsync(SetBack))).SqlState);
        await platform.TamperAsync($"ALTER TABLE key_versions DROP CONSTRAINT key_versions_check; {SetBack}");

        var replica = await platform.StartReplicaAsync();
        await platform.Encryption("cli", replica).DecryptAsync(new() { Keyring = "cards", Ciphertext = ciphertext }, administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.Internal);
    }

    private static IReadOnlyCollection<string> Kept(ServiceHost replica) =>
        [.. replica.Services.GetRequiredService<UnwrappedKeys>().Keyrings];

    private async Task<V1.Keyring> GetAsync(string name) => (await keys.GetKeyringAsync(new() { Name = name }, administrator.Metadata)).Keyring;

    private async Task<string> EncryptThenRotateAsync(string keyring)
    {
        await keys.CreateKeyringAsync(new() { Name = keyring, Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, administrator.Metadata);
        var ciphertext = (await encryption.EncryptAsync(new() { Keyring = keyring, Plaintext = ByteString.CopyFromUtf8("x") }, administrator.Metadata)).Ciphertext;
        await keys.RotateKeyringAsync(new() { Name = keyring }, administrator.Metadata);
        return ciphertext;
    }

    private async Task<string> SealedKeyAsync(string keyring, int version)
    {
        await using var database = NpgsqlDataSource.Create(platform.ConnectionString);
        await using var command = database.CreateCommand("SELECT encode(wrapped, 'hex') FROM key_versions WHERE keyring = $1 AND version = $2");
        command.Parameters.Add(new() { Value = keyring });
        command.Parameters.Add(new() { Value = version });
        return (string)(await command.ExecuteScalarAsync())!;
    }

    private async Task<string> DumpAsync()
    {
        var connection = new NpgsqlConnectionStringBuilder(platform.ConnectionString);
        var start = new ProcessStartInfo("pg_dump", ["--data-only", "--host", connection.Host!, "--port", $"{connection.Port}", "--username", connection.Username!, connection.Database!])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            Environment = { ["PGPASSWORD"] = connection.Password },
        };
        using var dump = Process.Start(start)!;
        var text = await dump.StandardOutput.ReadToEndAsync();
        await dump.WaitForExitAsync();
        Assert.Equal(0, dump.ExitCode);
        return text;
    }
}
