using System.Runtime.Versioning;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class KeyLifecycleTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    private readonly TestActor administrator = platform.Actors.SignIn("root", "keyrings*:*");
    private readonly KeyService.KeyServiceClient keys = platform.Keys("cli");
    private readonly EncryptionService.EncryptionServiceClient encryption = platform.Encryption("cli");

    [Fact]
    public async Task DisableKeyVersion_RefusesItsCiphertextsOnEveryReplica_UntilItIsEnabled()
    {
        var ciphertext = await EncryptThenRotateAsync("disabled");
        var there = platform.Encryption("cli", await platform.StartReplicaAsync());
        await there.DecryptAsync(new() { Keyring = "disabled", Ciphertext = ciphertext }, administrator.Metadata);

        var disabled = (await keys.DisableKeyVersionAsync(new() { Name = "disabled", Version = 1 }, administrator.Metadata)).Keyring;

        Assert.Equal(V1.KeyState.Disabled, disabled.Versions[0].State);
        await encryption.DecryptAsync(new() { Keyring = "disabled", Ciphertext = ciphertext }, administrator.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
        await Eventually.TrueAsync(() => IsRefusedAsync(there, "disabled", ciphertext));
        await platform.Audit.FindAsync("crypto.key_version.disabled", one => one.Resource == "keyrings/disabled" && one.Attributes["version"] == "1");

        await keys.EnableKeyVersionAsync(new() { Name = "disabled", Version = 1 }, administrator.Metadata);
        await encryption.DecryptAsync(new() { Keyring = "disabled", Ciphertext = ciphertext }, administrator.Metadata);
        await platform.Audit.FindAsync("crypto.key_version.enabled", one => one.Resource == "keyrings/disabled");
    }

    [Fact]
    public async Task UpdateKeyring_MinimumAboveAVersion_RefusesItsCiphertexts()
    {
        var ciphertext = await EncryptThenRotateAsync("minimum");

        var updated = (await keys.UpdateKeyringAsync(new() { Name = "minimum", MinDecryptionVersion = 2 }, administrator.Metadata)).Keyring;

        Assert.Equal(2, updated.MinDecryptionVersion);
        await encryption.DecryptAsync(new() { Keyring = "minimum", Ciphertext = ciphertext }, administrator.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
        await keys.UpdateKeyringAsync(new() { Name = "minimum", MinDecryptionVersion = 3 }, administrator.Metadata).AssertFieldsRefusedAsync("min_decryption_version");

        await keys.UpdateKeyringAsync(new() { Name = "minimum", MinDecryptionVersion = 1 }, administrator.Metadata);
        await encryption.DecryptAsync(new() { Keyring = "minimum", Ciphertext = ciphertext }, administrator.Metadata);
    }

    [Fact]
    public async Task Change_ThatTheStateDoesNotAllow_IsRefusedAndChangesNothing()
    {
        await EncryptThenRotateAsync("refusing");
        var before = (await keys.GetKeyringAsync(new() { Name = "refusing" }, administrator.Metadata)).Keyring;

        var refusal = await keys.DisableKeyVersionAsync(new() { Name = "refusing", Version = 2 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);
        Assert.Equal("active", refusal.Metadata["state"]);
        await keys.EnableKeyVersionAsync(new() { Name = "refusing", Version = 1 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);
        await keys.EnableKeyVersionAsync(new() { Name = "refusing", Version = 2 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);
        await keys.ScheduleDestructionAsync(new() { Name = "refusing", Version = 2 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);
        await keys.CancelDestructionAsync(new() { Name = "refusing", Version = 1 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyStateConflict);
        await keys.CancelDestructionAsync(new() { Name = "refusing" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringUnusable);
        await keys.DisableKeyVersionAsync(new() { Name = "refusing", Version = 3 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyVersionNotFound);
        await keys.ScheduleDestructionAsync(new() { Name = "refusing", Version = 3 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyVersionNotFound);
        await keys.DisableKeyVersionAsync(new() { Name = "no-such-thing", Version = 1 }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringNotFound);

        Assert.Equal(before, (await keys.GetKeyringAsync(new() { Name = "refusing" }, administrator.Metadata)).Keyring);
    }

    [Fact]
    public async Task Change_WithoutTheRightOrTheSecondFactor_IsRefused()
    {
        var rotator = platform.Actors.SignIn("rob", "keyrings/service-tokens:rotate");
        var byPassword = platform.Actors.SignInWithPasswordOnly("pat", "keyrings*:*");

        await keys.ScheduleDestructionAsync(new() { Name = "service-tokens", Version = 1 }, rotator.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await keys.UpdateKeyringAsync(new() { Name = "service-tokens", MinDecryptionVersion = 1 }, rotator.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await keys.DisableKeyVersionAsync(new() { Name = "service-tokens", Version = 1 }, rotator.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await keys.ScheduleDestructionAsync(new() { Name = "service-tokens", Version = 1 }, byPassword.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);
        await keys.CancelDestructionAsync(new() { Name = "service-tokens", Version = 1 }, byPassword.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);
    }

    [Fact]
    public async Task Request_OutOfRange_IsRefusedWithItsField()
    {
        await keys.UpdateKeyringAsync(new() { Name = "service-tokens" }, administrator.Metadata).AssertFieldsRefusedAsync("rotation_period");
        await keys.UpdateKeyringAsync(new() { Name = "service-tokens", RotationPeriod = Duration.FromTimeSpan(TimeSpan.FromMinutes(59)) }, administrator.Metadata)
            .AssertFieldsRefusedAsync("rotation_period");
        await keys.UpdateKeyringAsync(new() { Name = "service-tokens", RotationPeriod = Duration.FromTimeSpan(TimeSpan.FromDays(3651)) }, administrator.Metadata)
            .AssertFieldsRefusedAsync("rotation_period");
        await keys.UpdateKeyringAsync(new() { Name = "service-tokens", RotationPeriod = new() { Seconds = 7200, Nanos = 1 } }, administrator.Metadata)
            .AssertFieldsRefusedAsync("rotation_period");
        await keys.UpdateKeyringAsync(new() { Name = "service-tokens", MinDecryptionVersion = 0 }, administrator.Metadata).AssertFieldsRefusedAsync("min_decryption_version");
        await keys.DisableKeyVersionAsync(new() { Name = "service-tokens" }, administrator.Metadata).AssertFieldsRefusedAsync("version");
        await keys.ScheduleDestructionAsync(new() { Name = "service-tokens", Version = 0 }, administrator.Metadata).AssertFieldsRefusedAsync("version");
        await keys.ScheduleDestructionAsync(new() { Name = "service-tokens", Version = 1, Delay = Duration.FromTimeSpan(TimeSpan.FromDays(29)) }, administrator.Metadata)
            .AssertFieldsRefusedAsync("delay");
    }

    [Fact]
    public async Task RotationPeriod_OnTwoReplicas_MakesOneVersionHoweverManyRunsWereMissed()
    {
        await keys.CreateKeyringAsync(new() { Name = "scheduled", Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, administrator.Metadata);
        var clock = new ShiftedClock();
        await platform.StartReplicaAsync(clock);
        await platform.StartReplicaAsync(clock);
        await keys.UpdateKeyringAsync(new() { Name = "scheduled", RotationPeriod = Duration.FromTimeSpan(TimeSpan.FromHours(1)) }, administrator.Metadata);
        await Task.Delay(500);
        Assert.Equal(1, (await keys.GetKeyringAsync(new() { Name = "scheduled" }, administrator.Metadata)).Keyring.ActiveVersion);

        // As after ten hours in which nobody ran.
        clock.Advance(TimeSpan.FromHours(10));
        await Eventually.TrueAsync(async () => (await keys.GetKeyringAsync(new() { Name = "scheduled" }, administrator.Metadata)).Keyring.ActiveVersion == 2);
        await Task.Delay(1000);
        Assert.Equal(2, (await keys.GetKeyringAsync(new() { Name = "scheduled" }, administrator.Metadata)).Keyring.Versions.Count);

        clock.Advance(TimeSpan.FromMinutes(61));
        await Eventually.TrueAsync(async () => (await keys.GetKeyringAsync(new() { Name = "scheduled" }, administrator.Metadata)).Keyring.ActiveVersion == 3);
        var told = await platform.Audit.FindAsync("crypto.keyring.rotated", one => one.Resource == "keyrings/scheduled");
        Assert.Equal((PrincipalType.Service, "crypto", "schedule"), (told.Actor.Type, told.Actor.Id, told.Attributes["reason"]));

        var ended = (await keys.UpdateKeyringAsync(new() { Name = "scheduled", RotationPeriod = new() }, administrator.Metadata)).Keyring;
        Assert.Null(ended.RotationPeriod);
        clock.Advance(TimeSpan.FromHours(10));
        await Task.Delay(1000);
        Assert.Equal(3, (await keys.GetKeyringAsync(new() { Name = "scheduled" }, administrator.Metadata)).Keyring.ActiveVersion);
    }

    [Fact]
    public async Task Aes256Gcm_AtHalfItsMessages_IsRotated()
    {
        await keys.CreateKeyringAsync(new() { Name = "counted", Algorithm = V1.KeyAlgorithm.Aes256Gcm }, administrator.Metadata);
        var ciphertext = (await encryption.EncryptAsync(new() { Keyring = "counted", Plaintext = ByteString.CopyFromUtf8("x") }, administrator.Metadata)).Ciphertext;
        Assert.Equal(MessageBudget.BlockSize, await platform.CountAsync("SELECT messages_reserved FROM key_versions WHERE keyring = 'counted'"));

        await platform.TamperAsync($"UPDATE key_versions SET messages_reserved = {MessageBudget.RotationThreshold} WHERE keyring = 'counted'");
        await Eventually.TrueAsync(async () => (await keys.GetKeyringAsync(new() { Name = "counted" }, administrator.Metadata)).Keyring.ActiveVersion == 2);

        Assert.Equal("x", (await encryption.DecryptAsync(new() { Keyring = "counted", Ciphertext = ciphertext }, administrator.Metadata)).Plaintext.ToStringUtf8());
        Assert.Equal(0, await platform.CountAsync("SELECT messages_reserved FROM key_versions WHERE keyring = 'counted' AND version = 2"));
    }

    private async Task<string> EncryptThenRotateAsync(string keyring)
    {
        await keys.CreateKeyringAsync(new() { Name = keyring, Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, administrator.Metadata);
        var ciphertext = (await encryption.EncryptAsync(new() { Keyring = keyring, Plaintext = ByteString.CopyFromUtf8("x") }, administrator.Metadata)).Ciphertext;
        await keys.RotateKeyringAsync(new() { Name = keyring }, administrator.Metadata);
        return ciphertext;
    }

    private async Task<bool> IsRefusedAsync(EncryptionService.EncryptionServiceClient client, string keyring, string ciphertext)
    {
        try
        {
            await client.DecryptAsync(new() { Keyring = keyring, Ciphertext = ciphertext }, administrator.Metadata);
            return false;
        }
        catch (Grpc.Core.RpcException e) when (Client.McpSecureError.From(e).Reason == ErrorReason.CiphertextInvalid)
        {
            return true;
        }
    }
}
