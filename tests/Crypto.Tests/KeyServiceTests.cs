using System.Runtime.Versioning;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class KeyServiceTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    private readonly TestActor administrator = platform.Actors.SignIn("root", "keyrings*:*");
    private readonly KeyService.KeyServiceClient keys = platform.Keys("cli");

    [Fact]
    public async Task CreateKeyring_OfEachAlgorithm_MakesAFirstActiveVersionAndTellsOfIt()
    {
        foreach (var algorithm in Enum.GetValues<V1.KeyAlgorithm>().Where(one => one != V1.KeyAlgorithm.Unspecified))
        {
            var name = $"made-{algorithm}".ToLowerInvariant();
            var made = (await keys.CreateKeyringAsync(
                new() { Name = name, Algorithm = algorithm }, administrator.Metadata, CryptoPlatform.TimeToFindAnRsaKey)).Keyring;

            Assert.Equal((name, algorithm, 1), (made.Name, made.Algorithm, made.ActiveVersion));
            Assert.Equal([V1.KeyState.Active], made.Versions.Select(version => version.State));
            Assert.Equal(made, (await keys.GetKeyringAsync(new() { Name = name }, administrator.Metadata)).Keyring);
            var told = await platform.Audit.FindAsync("crypto.keyring.created", one => one.Resource == $"keyrings/{name}");
            Assert.Equal((administrator.Actor.UserId, "cli", Outcome.Success), (told.Actor.Id, told.Caller, told.Outcome));
        }
    }

    [Fact]
    public async Task CreateKeyring_InParallel_MakesOne()
    {
        var calls = Enumerable.Range(0, 8).Select(_ => keys.CreateKeyringAsync(new() { Name = "raced", Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, administrator.Metadata).ResponseAsync).ToList();

        var made = await Task.WhenAll(calls.Select(async call =>
        {
            try
            {
                await call;
                return true;
            }
            catch (Grpc.Core.RpcException)
            {
                await call.AssertRefusedAsync(ErrorReason.KeyringExists);
                return false;
            }
        }));

        Assert.Single(made, true);
        Assert.Equal(1, await platform.CountAsync("SELECT count(*) FROM key_versions WHERE keyring = 'raced'"));
    }

    [Fact]
    public async Task RotateKeyring_MakesANewActiveVersion_AndOldCiphertextsStillDecrypt()
    {
        await keys.CreateKeyringAsync(new() { Name = "rotated", Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, administrator.Metadata);
        var encryption = platform.Encryption("cli");
        var before = (await encryption.EncryptAsync(new() { Keyring = "rotated" }, administrator.Metadata)).Ciphertext;

        var rotated = (await keys.RotateKeyringAsync(new() { Name = "rotated" }, administrator.Metadata)).Keyring;

        Assert.Equal(2, rotated.ActiveVersion);
        Assert.Equal([(1, V1.KeyState.DecryptOnly), (2, V1.KeyState.Active)], rotated.Versions.Select(version => (version.Version, version.State)));
        Assert.StartsWith("mcs1.rotated.2.", (await encryption.EncryptAsync(new() { Keyring = "rotated" }, administrator.Metadata)).Ciphertext, StringComparison.Ordinal);
        Assert.Equal(1, (await encryption.DecryptAsync(new() { Keyring = "rotated", Ciphertext = before }, administrator.Metadata)).KeyVersion);
        var told = await platform.Audit.FindAsync("crypto.keyring.rotated", one => one.Resource == "keyrings/rotated");
        Assert.Equal(("2", "1"), (told.Attributes["version"], told.Attributes["previous_version"]));
    }

    [Fact]
    public async Task RotateKeyring_InParallelOnTwoReplicas_MakesAVersionEach()
    {
        await keys.CreateKeyringAsync(new() { Name = "contended", Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, administrator.Metadata);
        var other = platform.Keys("cli", await platform.StartReplicaAsync());

        await Task.WhenAll(Enumerable.Range(0, 20).Select(i =>
            (i % 2 == 0 ? keys : other).RotateKeyringAsync(new() { Name = "contended" }, administrator.Metadata).ResponseAsync));

        var keyring = (await keys.GetKeyringAsync(new() { Name = "contended" }, administrator.Metadata)).Keyring;
        Assert.Equal(Enumerable.Range(1, 21), keyring.Versions.Select(version => version.Version));
        Assert.Equal(21, keyring.ActiveVersion);
        Assert.Single(keyring.Versions, version => version.State == V1.KeyState.Active);
        await platform.Audit.FindAsync("crypto.keyring.rotated", _ =>
            platform.Audit.All.Count(one => one.Action == "crypto.keyring.rotated" && one.Resource == "keyrings/contended") == 20);
    }

    [Fact]
    public async Task RotateKeyring_OnOneReplica_IsFollowedByTheOther()
    {
        await keys.CreateKeyringAsync(new() { Name = "followed", Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, administrator.Metadata);
        var here = platform.Encryption("cli");
        var there = platform.Encryption("cli", await platform.StartReplicaAsync());
        await there.EncryptAsync(new() { Keyring = "followed" }, administrator.Metadata);

        await keys.RotateKeyringAsync(new() { Name = "followed" }, administrator.Metadata);

        // At once, whether or not the other has heard of the new version yet.
        var ciphertext = (await here.EncryptAsync(new() { Keyring = "followed" }, administrator.Metadata)).Ciphertext;
        Assert.Equal(2, (await there.DecryptAsync(new() { Keyring = "followed", Ciphertext = ciphertext }, administrator.Metadata)).KeyVersion);

        var begun = TimeProvider.System.GetTimestamp();
        while (!(await there.EncryptAsync(new() { Keyring = "followed" }, administrator.Metadata)).Ciphertext.StartsWith("mcs1.followed.2.", StringComparison.Ordinal))
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(1), "The other replica still encrypts under the old version.");
        }
    }

    [Fact]
    public async Task Change_WithoutARecentSecondFactor_IsRefusedAndRecorded()
    {
        var user = platform.Actors.SignInWithPasswordOnly("hal", "keyrings*:*");

        await keys.CreateKeyringAsync(new() { Name = "never-made", Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, user.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);
        await keys.RotateKeyringAsync(new() { Name = "service-tokens" }, user.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);

        Assert.Equal(0, await platform.CountAsync("SELECT count(*) FROM keyrings WHERE name = 'never-made'"));
        await platform.Audit.FindAsync(
            "crypto.keyring.rotated", one => one.Actor?.Id == user.Actor.UserId && one is { Outcome: Outcome.Denied, Reason: "STEP_UP_REQUIRED" });
    }

    [Fact]
    public async Task Change_WithoutTheRight_IsRefused()
    {
        var user = platform.Actors.SignIn("ida", "keyrings/mine:*");

        await keys.CreateKeyringAsync(new() { Name = "yours", Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, user.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await keys.RotateKeyringAsync(new() { Name = "service-tokens" }, user.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await keys.GetKeyringAsync(new() { Name = "service-tokens" }, user.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await keys.ListKeyringsAsync(new(), user.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
    }

    [Fact]
    public async Task RotateKeyring_AnUnknownOne_IsRefused() =>
        await keys.RotateKeyringAsync(new() { Name = "no-such-thing" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringNotFound);

    [Fact]
    public async Task GetKeyring_AnUnknownOne_IsRefused() =>
        await keys.GetKeyringAsync(new() { Name = "no-such-thing" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringNotFound);

    [Fact]
    public async Task ListKeyrings_PageByPage_GivesEachOnceInOrder()
    {
        var names = new List<string>();
        var token = "";
        do
        {
            var page = await keys.ListKeyringsAsync(new() { PageSize = 2, PageToken = token }, administrator.Metadata);
            Assert.InRange(page.Keyrings.Count, 1, 2);
            names.AddRange(page.Keyrings.Select(keyring => keyring.Name));
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        Assert.Equal(names.Order(StringComparer.Ordinal), names);
        Assert.Equal(names.Distinct(StringComparer.Ordinal), names);
        Assert.Superset(BuiltInKeyrings.All.Select(one => one.Name).ToHashSet(StringComparer.Ordinal), names.ToHashSet(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("x")]
    [InlineData("bm8tc3VjaC10aGluZw")]
    [InlineData("AAAA")]
    [InlineData("////")]
    [InlineData("c2VydmljZS10b2tlbnM= ")]
    public async Task ListKeyrings_ForgedPageToken_IsRefused(string token) =>
        await keys.ListKeyringsAsync(new() { PageToken = token }, administrator.Metadata).AssertRefusedAsync(ErrorReason.PageTokenInvalid);

    [Fact]
    public async Task Request_OutOfRange_IsRefusedWithItsField()
    {
        await keys.CreateKeyringAsync(new() { Name = "k" }, administrator.Metadata).AssertFieldsRefusedAsync("algorithm");
        await keys.CreateKeyringAsync(new() { Name = "k", Algorithm = (V1.KeyAlgorithm)99 }, administrator.Metadata).AssertFieldsRefusedAsync("algorithm");
        await keys.CreateKeyringAsync(new() { Name = "../k", Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, administrator.Metadata).AssertFieldsRefusedAsync("name");
        await keys.ListKeyringsAsync(new() { PageSize = 1001 }, administrator.Metadata).AssertFieldsRefusedAsync("page_size");
    }

    [Fact]
    public async Task Call_ByAServiceOfThePlatform_IsRefused() =>
        await platform.Keys("auth").RotateKeyringAsync(new() { Name = "mfa-secrets" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.CallerNotAllowed);
}
