using System.Runtime.Versioning;
using Google.Protobuf;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace McpSecure.Crypto.Tests;

/// <summary>Each test has a platform of its own: there is one key hierarchy in each.</summary>
[SupportedOSPlatform("linux")]
public sealed class KeyEncryptionKeyTests : IAsyncLifetime
{
    private readonly CryptoPlatform platform = new();
    private TestActor administrator = null!;
    private KeyService.KeyServiceClient keys = null!;

    public async Task InitializeAsync()
    {
        await platform.InitializeAsync();
        administrator = platform.Actors.SignIn("root", "keyrings*:*", "key-encryption-keys:*");
        keys = platform.Keys("cli");
    }

    public Task DisposeAsync() => platform.DisposeAsync();

    [Fact]
    public async Task RotateKeyEncryptionKey_UnderLoadOnTwoReplicas_SealsEverythingAnewAndDeletesTheOldOne_WithoutAFailedCall()
    {
        var clock = new ShiftedClock();
        var leader = await platform.StartReplicaAsync(clock);

        // More versions than one batch seals anew.
        for (var i = 0; i < 120; i++)
        {
            await keys.RotateKeyringAsync(new() { Name = "configuration" }, administrator.Metadata);
        }

        var encryption = platform.Encryption("cli");
        var ciphertext = (await encryption.EncryptAsync(new() { Keyring = "configuration", Plaintext = ByteString.CopyFromUtf8("x") }, administrator.Metadata)).Ciphertext;
        var before = Assert.Single(await ListAsync());
        await using (new Load(platform, platform.Host))
        {
            var made = (await keys.RotateKeyEncryptionKeyAsync(new(), administrator.Metadata)).KeyEncryptionKey;
            Assert.Equal(V1.KeyEncryptionKeyState.Pending, made.State);
            await keys.RotateKeyEncryptionKeyAsync(new(), administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);

            // Nothing is sealed under it before every replica has it open.
            await keys.CreateKeyringAsync(new() { Name = "meanwhile", Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, administrator.Metadata);
            Assert.Equal(0, (await ListAsync()).Single(key => key.Id == made.Id).SealedKeys);
            foreach (var replica in new[] { platform.Host, leader })
            {
                await Eventually.TrueAsync(async () => replica.Services.GetRequiredService<KeyEncryptionKeys>().Are(await StoredAsync(replica)));
            }

            clock.Advance(KeyEncryptionKeyRotation.Margin);
            await Eventually.TrueAsync(async () => await ListAsync() is [{ State: V1.KeyEncryptionKeyState.Retired, SealedKeys: 0 }, { State: V1.KeyEncryptionKeyState.Active }]);
            await Task.Delay(500);
            clock.Advance(KeyEncryptionKeyRotation.Margin * 2);
            await Eventually.TrueAsync(async () => await ListAsync() is [{ State: V1.KeyEncryptionKeyState.Active }]);
            Assert.Equal(made.Id, (await ListAsync()).Single().Id);
            Assert.Equal(0, await platform.CountAsync($"SELECT count(*) FROM key_versions WHERE key_encryption_key = '{before.Id}'"));
        }

        var later = await platform.StartReplicaAsync();
        foreach (var replica in new[] { platform.Host, leader, later })
        {
            Assert.Equal("x", (await platform.Encryption("cli", later).DecryptAsync(
                new() { Keyring = "configuration", Ciphertext = ciphertext }, administrator.Metadata)).Plaintext.ToStringUtf8());
            await Eventually.TrueAsync(async () => replica.Services.GetRequiredService<KeyEncryptionKeys>().Are(await StoredAsync(replica)));
        }

        foreach (var action in new[] { "created", "activated", "destroyed" })
        {
            await platform.Audit.FindAsync($"crypto.key_encryption_key.{action}", one => one.Resource == $"key-encryption-keys/{(action == "destroyed" ? before.Id : (string)one.Resource.Split('/')[1])}");
        }
    }

    // The key of one keyring, put in another's place, is not carried over to the new key-encryption key, nor does it hold up the others.
    [Fact]
    public async Task RotateKeyEncryptionKey_WithARowMovedToAnotherKeyring_LeavesThatOneAndKeepsTheOldKey()
    {
        var clock = new ShiftedClock();
        await platform.StartReplicaAsync(clock);
        await platform.TamperAsync(
            "UPDATE key_versions SET wrapped = (SELECT wrapped FROM key_versions WHERE keyring = 'service-tokens') WHERE keyring = 'configuration'");
        await keys.RotateKeyEncryptionKeyAsync(new(), administrator.Metadata);

        clock.Advance(KeyEncryptionKeyRotation.Margin);

        await Eventually.TrueAsync(async () => await ListAsync() is [{ State: V1.KeyEncryptionKeyState.Retired, SealedKeys: 1 }, { State: V1.KeyEncryptionKeyState.Active }]);
        clock.Advance(KeyEncryptionKeyRotation.Margin * 2);
        await Task.Delay(1000);
        Assert.Equal(2, (await ListAsync()).Count);
        Assert.Equal(1, await platform.CountAsync(
            "SELECT count(*) FROM key_versions v JOIN key_encryption_keys k ON k.id = v.key_encryption_key WHERE k.state = 'retired' AND v.keyring = 'configuration'"));
    }

    [Fact]
    public async Task RotateKeyEncryptionKey_WithoutTheRight_IsRefused()
    {
        var keeper = platform.Actors.SignIn("kim", "keyrings*:*");

        await keys.RotateKeyEncryptionKeyAsync(new(), keeper.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await keys.ListKeyEncryptionKeysAsync(new(), keeper.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await platform.Keys("webshop").RotateKeyEncryptionKeyAsync(new(), administrator.Metadata).AssertRefusedAsync(ErrorReason.CallerNotAllowed);
    }

    [Fact]
    public async Task RotateKeyEncryptionKey_WithoutTheRootKey_IsRefusedAndMakesNothing()
    {
        File.Delete(platform.RootKeyFile);

        await keys.RotateKeyEncryptionKeyAsync(new(), administrator.Metadata).AssertRefusedAsync(ErrorReason.DependencyUnavailable);

        Assert.Single(await ListAsync());
    }

    // One replica after the other: first all know the next root, then all have it as theirs, then the one before is forgotten.
    [Fact]
    public async Task RootKey_ReplacedUnderLoad_FailsNoCall_AndTheOldOneOpensNothingAfterwards()
    {
        var (old, @new) = (platform.RootKeyFile, platform.WriteOtherRootKey(2));
        var rootBefore = Assert.Single(await ListAsync()).RootKey;
        await using (var load = new Load(platform, platform.Host))
        {
            var knowing = await platform.StartReplicaAsync(("RootKey:Next:File", @new));
            await load.SendToAsync(knowing);
            await platform.Host.StopAsync();

            var replaced = await platform.StartReplicaAsync(("RootKey:File", @new), ("RootKey:Previous:File", old));
            await load.SendToAsync(knowing, replaced);

            // Restarted in the middle, with the settings of before: it opens what the other has sealed.
            var again = await platform.StartReplicaAsync(("RootKey:Next:File", @new));
            await load.SendToAsync(replaced, again);
            await knowing.StopAsync();
            await load.SendToAsync(replaced);
            await again.StopAsync();

            var forgetful = await platform.StartReplicaAsync(("RootKey:File", @new));
            await load.SendToAsync(replaced, forgetful);
            keys = platform.Keys("cli", forgetful);
            Assert.NotEqual(rootBefore, Assert.Single(await ListAsync()).RootKey);
        }

        var told = await platform.Audit.FindAsync("crypto.key_encryption_key.rewrapped", _ => true);
        Assert.Equal((rootBefore, PrincipalType.Service), (told.Attributes["previous_root_key"], told.Actor.Type));
        Assert.Single(platform.Audit.All, one => one.Action == "crypto.key_encryption_key.rewrapped");
        var log = new LogCapture();
        var late = await platform.StartUnreadyReplicaAsync(platform.ConnectionString, services => services.AddSingleton<ILoggerProvider>(log));
        Assert.Contains("Give that one back", await log.FindAsync("The keys stay closed: "), StringComparison.Ordinal);
        Assert.Equal(HealthStatus.Unhealthy, (await late.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync()).Entries["keys"].Status);
    }

    // A row of one key-encryption key put in the place of another opens nowhere, whatever the root.
    [Fact]
    public async Task RootKey_ReplacedOnATamperedRow_ChangesNothing()
    {
        await platform.Host.StopAsync();
        await platform.TamperAsync("UPDATE key_encryption_keys SET wrapped = set_byte(wrapped, 40, get_byte(wrapped, 40) # 1)");
        var before = await platform.CountAsync("SELECT hashtext(encode(wrapped, 'hex') || root_key) FROM key_encryption_keys");
        var log = new LogCapture();

        await platform.StartUnreadyReplicaAsync(
            platform.ConnectionString,
            services => services.AddSingleton<ILoggerProvider>(log),
            redis: null,
            ("RootKey:File", platform.WriteOtherRootKey(2)),
            ("RootKey:Previous:File", platform.RootKeyFile));

        Assert.Contains("the row was changed", await log.FindAsync("The keys stay closed: "), StringComparison.Ordinal);
        Assert.Equal(before, await platform.CountAsync("SELECT hashtext(encode(wrapped, 'hex') || root_key) FROM key_encryption_keys"));
    }

    private static Task<IReadOnlyList<StoredKeyEncryptionKey>> StoredAsync(ServiceHost replica) =>
        replica.Services.GetRequiredService<KeyEncryptionKeyStore>().ListAsync(CancellationToken.None);

    private async Task<IReadOnlyList<V1.KeyEncryptionKey>> ListAsync() =>
        (await keys.ListKeyEncryptionKeysAsync(new(), administrator.Metadata)).KeyEncryptionKeys;
}
