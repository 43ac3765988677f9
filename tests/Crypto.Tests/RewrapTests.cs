using System.Runtime.Versioning;
using System.Security.Cryptography;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class RewrapTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    private static readonly ByteString Secret = ByteString.CopyFromUtf8("correct horse battery staple");
    private static readonly ByteString Context = ByteString.CopyFromUtf8("rows/1");

    private readonly EncryptionService.EncryptionServiceClient encryption = platform.Encryption("cli");

    [Fact]
    public async Task Rewrap_AfterARotation_MovesToTheNewVersionAndKeepsPlaintextAndContext()
    {
        var (all, keyring) = await NewKeyringAsync("moved");
        var old = await EncryptAsync(keyring, all);
        await RotateAsync(keyring, all);

        var moved = await encryption.RewrapAsync(new() { Keyring = keyring, Ciphertext = old, Context = Context }, all.Metadata);

        Assert.Equal(2, moved.KeyVersion);
        Assert.StartsWith($"mcs1.{keyring}.2.", moved.Ciphertext, StringComparison.Ordinal);
        var decrypted = await encryption.DecryptAsync(new() { Keyring = keyring, Ciphertext = moved.Ciphertext, Context = Context }, all.Metadata);
        Assert.Equal((Secret, 2), (decrypted.Plaintext, decrypted.KeyVersion));
        var recorded = await platform.Audit.FindAsync("crypto.data.rewrapped", one => one.Actor?.Id == all.Actor.UserId);
        Assert.Equal((Outcome.Success, "2"), (recorded.Outcome, recorded.Attributes["version"]));
    }

    [Fact]
    public async Task Rewrap_OfTheActiveVersionsOwn_AnswersItUnchanged()
    {
        var (all, keyring) = await NewKeyringAsync("current");
        var ciphertext = await EncryptAsync(keyring, all);

        var moved = await encryption.RewrapAsync(new() { Keyring = keyring, Ciphertext = ciphertext, Context = Context }, all.Metadata);

        Assert.Equal((ciphertext, 1), (moved.Ciphertext, moved.KeyVersion));
    }

    // The point of it: a job that goes over all rows after a rotation needs no right to read them.
    [Fact]
    public async Task Rewrap_ByAJobThatMayNeitherEncryptNorDecrypt_IsDone()
    {
        var (all, keyring) = await NewKeyringAsync("job");
        var ciphertext = await EncryptAsync(keyring, all);
        var job = platform.Actors.SignIn("job", $"keyrings/{keyring}:rewrap");
        var reader = platform.Actors.SignIn("reader", $"keyrings/{keyring}:decrypt", $"keyrings/{keyring}:encrypt");

        await encryption.RewrapAsync(new() { Keyring = keyring, Ciphertext = ciphertext, Context = Context }, job.Metadata);

        await encryption.DecryptAsync(new() { Keyring = keyring, Ciphertext = ciphertext, Context = Context }, job.Metadata)
            .AssertRefusedAsync(ErrorReason.PermissionDenied);
        await encryption.RewrapAsync(new() { Keyring = keyring, Ciphertext = ciphertext, Context = Context }, reader.Metadata)
            .AssertRefusedAsync(ErrorReason.PermissionDenied);
        await encryption.RewrapBatchAsync(new() { Keyring = keyring, Items = { new CiphertextItem { Ciphertext = ciphertext } } }, reader.Metadata)
            .AssertRefusedAsync(ErrorReason.PermissionDenied);
    }

    [Fact]
    public async Task Rewrap_ChangedForeignOrInAnotherContext_IsRefusedInOneWay()
    {
        var (all, keyring) = await NewKeyringAsync("refused");
        var (_, other) = await NewKeyringAsync("other");
        var ciphertext = await EncryptAsync(keyring, all);
        var foreign = await EncryptAsync(other, all);
        var answers = new HashSet<string>(StringComparer.Ordinal);

        foreach (var (text, context) in new[]
        {
            (ciphertext, "rows/2"), (ciphertext, ""), (ciphertext[..^1], "rows/1"), (ciphertext[..^4], "rows/1"), (foreign, "rows/1"),
            (foreign.Replace(other, keyring, StringComparison.Ordinal), "rows/1"), (ciphertext.Replace(".1.", ".2.", StringComparison.Ordinal), "rows/1"),
            ($"mcs1.{keyring}.1.AAAA", "rows/1"), ("x", "rows/1"),
        })
        {
            var error = await encryption.RewrapAsync(new() { Keyring = keyring, Ciphertext = text, Context = ByteString.CopyFromUtf8(context) }, all.Metadata)
                .AssertRefusedAsync(ErrorReason.CiphertextInvalid);
            answers.Add($"{error.Status} {error.Message} {string.Join(',', error.Metadata.Keys)}");
        }

        Assert.Single(answers);
    }

    [Fact]
    public async Task RewrapBatch_WithOneThatIsBroken_MovesTheOthersAndSaysWhich()
    {
        var (all, keyring) = await NewKeyringAsync("batch");
        var old = await EncryptAsync(keyring, all);
        await RotateAsync(keyring, all);
        var current = await EncryptAsync(keyring, all);

        var moved = await encryption.RewrapBatchAsync(
            new()
            {
                Keyring = keyring,
                Items =
                {
                    new CiphertextItem { Id = "old", Ciphertext = old, Context = Context },
                    new CiphertextItem { Id = "broken", Ciphertext = old[..^2], Context = Context },
                    new CiphertextItem { Id = "current", Ciphertext = current, Context = Context },
                },
            },
            all.Metadata);

        Assert.Equal(["old", "broken", "current"], moved.Items.Select(item => item.Id));
        Assert.Equal(2, moved.KeyVersion);
        Assert.StartsWith($"mcs1.{keyring}.2.", moved.Items[0].Ciphertext, StringComparison.Ordinal);
        Assert.Equal(ErrorReason.CiphertextInvalid, moved.Items[1].Refused);
        Assert.Equal(current, moved.Items[2].Ciphertext);
        var recorded = await platform.Audit.FindAsync("crypto.data.rewrapped", one => one.Actor?.Id == all.Actor.UserId);
        Assert.Equal((Outcome.Success, Severity.Warning, "3", "1"),
            (recorded.Outcome, recorded.Severity, recorded.Attributes["items"], recorded.Attributes["refused"]));
    }

    [Theory]
    [InlineData(0, 32)]
    [InlineData(16, 16)]
    [InlineData(64, 64)]
    public async Task GenerateDataKey_ThenDecrypt_GivesTheKey(int asked, int given)
    {
        var (all, keyring) = await NewKeyringAsync($"data-keys-{asked}");

        var key = await encryption.GenerateDataKeyAsync(new() { Keyring = keyring, Context = Context, SizeInBytes = asked }, all.Metadata);
        var other = await encryption.GenerateDataKeyAsync(new() { Keyring = keyring, Context = Context, SizeInBytes = asked }, all.Metadata);

        Assert.Equal(given, key.Plaintext.Length);
        Assert.NotEqual(key.Plaintext, other.Plaintext);
        Assert.Equal(key.Plaintext, (await encryption.DecryptAsync(new() { Keyring = keyring, Ciphertext = key.Ciphertext, Context = Context }, all.Metadata)).Plaintext);
        await encryption.DecryptAsync(new() { Keyring = keyring, Ciphertext = key.Ciphertext }, all.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
    }

    [Fact]
    public async Task GenerateDataKey_WrappedOnly_ShowsNoKeyAndNeedsItsOwnRight()
    {
        var (all, keyring) = await NewKeyringAsync("wrapped-only");
        var storekeeper = platform.Actors.SignIn("storekeeper", $"keyrings/{keyring}:generate-wrapped-data-key");

        var key = await encryption.GenerateDataKeyAsync(new() { Keyring = keyring, WrappedOnly = true }, storekeeper.Metadata);

        Assert.Empty(key.Plaintext);
        Assert.Equal(32, (await encryption.DecryptAsync(new() { Keyring = keyring, Ciphertext = key.Ciphertext }, all.Metadata)).Plaintext.Length);
        await encryption.GenerateDataKeyAsync(new() { Keyring = keyring }, storekeeper.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await platform.Audit.FindAsync("crypto.data_key.generated", one => one.Actor?.Id == storekeeper.Actor.UserId && one.Outcome == Outcome.Success);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(65)]
    [InlineData(-1)]
    public async Task GenerateDataKey_OfAnotherSize_IsRefused(int sizeInBytes) =>
        await encryption.GenerateDataKeyAsync(new() { Keyring = "service-tokens", SizeInBytes = sizeInBytes }).AssertFieldsRefusedAsync("size_in_bytes");

    private async Task<(TestActor All, string Keyring)> NewKeyringAsync(string name)
    {
        var all = platform.Actors.SignIn($"all-{RandomNumberGenerator.GetHexString(8)}", "keyrings/*:*");
        var keyring = $"rewrap-{name}";
        await platform.Keys("cli").CreateKeyringAsync(new() { Name = keyring, Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, all.Metadata);
        return (all, keyring);
    }

    private async Task RotateAsync(string keyring, TestActor actor) =>
        await platform.Keys("cli").RotateKeyringAsync(new() { Name = keyring }, actor.Metadata);

    private async Task<string> EncryptAsync(string keyring, TestActor actor) =>
        (await encryption.EncryptAsync(new() { Keyring = keyring, Plaintext = Secret, Context = Context }, actor.Metadata)).Ciphertext;
}
