using System.Runtime.Versioning;
using Google.Protobuf;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Npgsql;

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
    public async Task Batch_ThatIsDoneBeforeOneFails_IsToldOf()
    {
        for (var i = 0; i < Count; i++)
        {
            await Secrets.PutSecretAsync(new() { Path = $"team/s{i}", Value = ByteString.CopyFromUtf8($"value {i}") }, Administrator.Metadata);
        }

        await OnCryptoAsync(
            $"""
             CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF ({Sealed}2.%') >= 100 THEN RAISE EXCEPTION 'dead'; END IF; RETURN NEW; END $$;
             CREATE TRIGGER die BEFORE UPDATE ON secret_versions FOR EACH ROW EXECUTE FUNCTION die();
             """);

        await Keys.RotateKeyringAsync(new() { Name = Keyring }, Administrator.Metadata);

        await Platform.Audit.FindAsync("crypto.keyring.values_resealed", one => one.Attributes["values"] == "100");
        Assert.Equal(100, await Platform.CountAsync($"{Sealed}2.%'"));
        await OnCryptoAsync("DROP TRIGGER die ON secret_versions");
        await Platform.Audit.FindAsync("crypto.keyring.values_resealed", one => one.Attributes["values"] == $"{Count - 100 + 1}"); // and the address of a database
    }

    [Fact]
    public async Task Version_ThatSomethingIsSealedUnder_IsNotDisabledNorShutOutNorDestroyed_UntilItIsSealedAnew()
    {
        await Secrets.PutSecretAsync(new() { Path = "team/kept", Value = ByteString.CopyFromUtf8("kept") }, Administrator.Metadata);
        await Platform.TamperAsync("UPDATE secret_versions SET sealed = left(sealed, -1) || CASE right(sealed, 1) WHEN 'A' THEN 'B' ELSE 'A' END"); // does not open, and so is not sealed anew
        await Keys.RotateKeyringAsync(new() { Name = Keyring }, Administrator.Metadata);
        await UntilAsync("SELECT count(*) FROM databases WHERE sealed LIKE 'mcs1.secrets.2.%'", 1);
        var disabling = new DisableKeyVersionRequest { Name = Keyring, Version = 1 };
        var destruction = new ScheduleDestructionRequest { Name = Keyring, Version = 1 };

        await Keys.DisableKeyVersionAsync(disabling, Administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringProtected);
        await Keys.UpdateKeyringAsync(new() { Name = Keyring, MinDecryptionVersion = 2 }, Administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringProtected);

        await Secrets.DestroySecretVersionsAsync(new() { Path = "team/kept", Versions = { 1 } }, Administrator.Metadata);
        await Keys.UpdateKeyringAsync(new() { Name = Keyring, MinDecryptionVersion = 2 }, Administrator.Metadata);
        await Keys.UpdateKeyringAsync(new() { Name = Keyring, MinDecryptionVersion = 1 }, Administrator.Metadata);
        await Keys.DisableKeyVersionAsync(disabling, Administrator.Metadata);

        // As a replica might have that slept.
        await Platform.TamperAsync("UPDATE databases SET sealed = replace(sealed, 'mcs1.secrets.2.', 'mcs1.secrets.1.')");
        await Keys.ScheduleDestructionAsync(destruction, Administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringProtected);
        await Platform.TamperAsync("UPDATE databases SET sealed = replace(sealed, 'mcs1.secrets.1.', 'mcs1.secrets.2.')");
        await Keys.ScheduleDestructionAsync(destruction, Administrator.Metadata);
    }

    private Task<long> FingerprintAsync() => Platform.CountAsync(
        "SELECT hashtextextended(string_agg(concat_ws('|', secret, version, secret_versions.created_at, expires_at, deleted_at, newest_version, updated_at), ',' ORDER BY path), 0) FROM secret_versions JOIN secrets ON id = secret");

    private async Task OnCryptoAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(Platform.ConnectionString);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task UntilAsync(string sql, long count)
    {
        for (var begun = TimeProvider.System.GetTimestamp(); await Platform.CountAsync(sql) != count; await Task.Delay(50))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(20), $"Not {count}: {sql}");
        }
    }
}
