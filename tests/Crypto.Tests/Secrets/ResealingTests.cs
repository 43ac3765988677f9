using System.Runtime.Versioning;
using Google.Protobuf;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

/// <summary>Rotates the keyring that secrets lie under.</summary>
[SupportedOSPlatform("linux")]
public sealed class ResealingTests : IAsyncLifetime
{
    private const string Keyring = "secrets";
    private const string Sealed = "SELECT count(*) FROM secret_versions WHERE sealed LIKE 'mcs1.secrets.";
    private const int Count = 130; // more than a batch

    private readonly LeasePlatform target = new();

    private CryptoPlatform Platform => target.Crypto;

    private TestActor Administrator => Platform.Actors.SignIn("root", "keyrings*:*", "secrets*:*");

    private KeyService.KeyServiceClient Keys => Platform.Keys("cli");

    private SecretService.SecretServiceClient Secrets => Platform.Secrets("cli");

    public Task InitializeAsync() => target.InitializeAsync();

    public Task DisposeAsync() => target.DisposeAsync();

    [Fact]
    public async Task Rotation_SealsAnewWhatLiesUnderTheOldVersion_AndChangesNothingElse()
    {
        await Platform.StartReplicaAsync(("DatabaseAccounts:Logins:audit", $"{target.TargetConnectionString};Password=first"));
        for (var i = 0; i < Count; i++)
        {
            await Secrets.PutSecretAsync(new() { Path = $"team/s{i}", Value = ByteString.CopyFromUtf8($"value {i}") }, Administrator.Metadata);
        }

        await UntilAsync("SELECT count(*) FROM database_accounts", 1);
        var before = await FingerprintAsync();

        await Keys.RotateKeyringAsync(new() { Name = Keyring }, Administrator.Metadata);

        await UntilAsync($"{Sealed}2.%'", Count);
        await UntilAsync("SELECT count(*) FROM databases WHERE sealed LIKE 'mcs1.secrets.2.%'", 1);
        await UntilAsync("SELECT count(*) FROM database_accounts WHERE sealed_a LIKE 'mcs1.secrets.2.%' AND sealed_b LIKE 'mcs1.secrets.2.%'", 1);
        Assert.Equal(before, await FingerprintAsync());
        await Keys.DisableKeyVersionAsync(new() { Name = Keyring, Version = 1 }, Administrator.Metadata);
        var read = await Secrets.GetSecretAsync(new() { Path = "team/s7" }, Administrator.Metadata);
        Assert.Equal("value 7", read.Value.ToStringUtf8());
        await target.IssueAsync();
        await Platform.Audit.FindAsync("crypto.keyring.values_resealed", one => one.Resource == "keyrings/secrets" && one.Attributes["version"] == "2");
    }

    [Fact]
    public async Task Destruction_OfAVersionThatSomethingIsSealedUnder_IsRefused_UntilItIsSealedAnew()
    {
        await Secrets.PutSecretAsync(new() { Path = "team/kept", Value = ByteString.CopyFromUtf8("kept") }, Administrator.Metadata);
        await Platform.TamperAsync("UPDATE secret_versions SET sealed = left(sealed, -1) || CASE right(sealed, 1) WHEN 'A' THEN 'B' ELSE 'A' END"); // does not open, and so is not sealed anew
        await Keys.RotateKeyringAsync(new() { Name = Keyring }, Administrator.Metadata);
        await Keys.DisableKeyVersionAsync(new() { Name = Keyring, Version = 1 }, Administrator.Metadata);
        var destruction = new ScheduleDestructionRequest { Name = Keyring, Version = 1 };

        await Keys.ScheduleDestructionAsync(destruction, Administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringProtected);

        await Secrets.DestroySecretVersionsAsync(new() { Path = "team/kept", Versions = { 1 } }, Administrator.Metadata);
        await Keys.EnableKeyVersionAsync(new() { Name = Keyring, Version = 1 }, Administrator.Metadata);
        await UntilAsync("SELECT count(*) FROM databases WHERE sealed LIKE 'mcs1.secrets.2.%'", 1);
        await Keys.DisableKeyVersionAsync(new() { Name = Keyring, Version = 1 }, Administrator.Metadata);
        await Keys.ScheduleDestructionAsync(destruction, Administrator.Metadata);
    }

    private Task<long> FingerprintAsync() => Platform.CountAsync(
        "SELECT hashtextextended(string_agg(concat_ws('|', secret, version, secret_versions.created_at, expires_at, deleted_at, newest_version, updated_at), ',' ORDER BY path), 0) FROM secret_versions JOIN secrets ON id = secret");

    private async Task UntilAsync(string sql, long count)
    {
        for (var begun = TimeProvider.System.GetTimestamp(); await Platform.CountAsync(sql) != count; await Task.Delay(50))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(20), $"Not {count}: {sql}");
        }
    }
}
