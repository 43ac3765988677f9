using System.Runtime.Versioning;
using System.Security.Cryptography;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class SigningServiceTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    private const string TokenSigning = "token-signing";

    private static readonly ByteString Data = ByteString.CopyFromUtf8("eyJhbGciOiJSUzI1NiJ9.e30");

    private readonly TestActor administrator = platform.Actors.SignIn("root", "keyrings*:*");
    private readonly SigningService.SigningServiceClient signing = platform.Signing("auth");

    [Fact]
    public async Task Sign_WithTheActiveVersion_GivesASignatureThatItsPublicKeyVerifies()
    {
        var active = await ActiveAsync();

        var answer = await signing.SignAsync(new() { Keyring = TokenSigning, KeyVersion = active.Version, Data = Data });

        AssertVerifies(active, answer.Signature);
        Assert.Equal(JwkThumbprint.OfRsa(active.Modulus.Span, active.Exponent.Span), active.KeyId);
        Assert.Equal((256, 3, "RS256"), (active.Modulus.Length, active.Exponent.Length, active.Algorithm));
        await platform.Audit.FindAsync("crypto.signature.made", one => one is { Caller: "auth", Outcome: Outcome.Success });
    }

    // Whoever holds a list of public keys from before the rotation goes on signing with the version that it calls active, and whoever
    // verifies finds both keys in the list.
    [Fact]
    public async Task RotateKeyring_LeavesNoVerifierWithoutTheKey()
    {
        var before = await ActiveAsync();

        await platform.Keys("cli").RotateKeyringAsync(new() { Name = TokenSigning }, administrator.Metadata);

        var bySlowSigner = await signing.SignAsync(new() { Keyring = TokenSigning, KeyVersion = before.Version, Data = Data });
        var list = (await signing.ListPublicKeysAsync(new() { Keyring = TokenSigning })).Keys;
        AssertVerifies(list.Single(key => key.KeyId == before.KeyId), bySlowSigner.Signature);
        var active = Assert.Single(list, key => key.Active);
        Assert.Equal(before.Version + 1, active.Version);
        AssertVerifies(active, (await signing.SignAsync(new() { Keyring = TokenSigning, KeyVersion = active.Version, Data = Data })).Signature);
    }

    [Fact]
    public async Task Sign_OnAReplicaThatHasNotHeardOfTheVersion_IsDone()
    {
        var there = platform.Signing("auth", await platform.StartReplicaAsync());
        await there.ListPublicKeysAsync(new() { Keyring = TokenSigning });

        var rotated = await platform.Keys("cli").RotateKeyringAsync(new() { Name = TokenSigning }, administrator.Metadata);

        await there.SignAsync(new() { Keyring = TokenSigning, KeyVersion = rotated.Keyring.ActiveVersion, Data = Data });
    }

    [Fact]
    public async Task Sign_WithAVersionReplacedLongAgo_IsRefusedThoughItStillVerifies()
    {
        var before = await ActiveAsync();
        await platform.Keys("cli").RotateKeyringAsync(new() { Name = TokenSigning }, administrator.Metadata);
        var clock = new ShiftedClock();
        var replica = await platform.StartUnreadyReplicaAsync(
            platform.ConnectionString, services => services.Replace(ServiceDescriptor.Singleton<TimeProvider>(clock)));
        await replica.WaitUntilReadyAsync();
        var later = platform.Signing("auth", replica);

        clock.Advance(TimeSpan.FromMinutes(9));
        await later.SignAsync(new() { Keyring = TokenSigning, KeyVersion = before.Version, Data = Data });

        clock.Advance(TimeSpan.FromMinutes(2));
        await later.SignAsync(new() { Keyring = TokenSigning, KeyVersion = before.Version, Data = Data }).AssertFieldsRefusedAsync("key_version");
        Assert.Contains((await later.ListPublicKeysAsync(new() { Keyring = TokenSigning })).Keys, key => key.KeyId == before.KeyId);
    }

    [Fact]
    public async Task Sign_WithAVersionThatIsNotThere_IsRefused() =>
        await signing.SignAsync(new() { Keyring = TokenSigning, KeyVersion = int.MaxValue, Data = Data }).AssertFieldsRefusedAsync("key_version");

    [Fact]
    public async Task Sign_OnAnEncryptionKeyring_IsRefused()
    {
        await signing.SignAsync(new() { Keyring = "mfa-secrets", KeyVersion = 1, Data = Data }).AssertRefusedAsync(ErrorReason.KeyringWrongAlgorithm);
        await signing.ListPublicKeysAsync(new() { Keyring = "mfa-secrets" }).AssertRefusedAsync(ErrorReason.KeyringWrongAlgorithm);
    }

    [Theory]
    [InlineData("cli")]
    [InlineData("apikey")]
    [InlineData("webshop")]
    public async Task WrongWorkload_Signing_IsRefused(string caller)
    {
        await platform.Signing(caller).SignAsync(new() { Keyring = TokenSigning, KeyVersion = 1, Data = Data }, administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.CallerNotAllowed);
        await platform.Signing(caller).ListPublicKeysAsync(new() { Keyring = TokenSigning }, administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.CallerNotAllowed);
    }

    [Fact]
    public async Task Sign_OnAKeyringThatIsNotAuths_FindsNothing()
    {
        await platform.Keys("cli").CreateKeyringAsync(new() { Name = "somebodys", Algorithm = V1.KeyAlgorithm.Rsa2048Sha256 }, administrator.Metadata);

        await signing.SignAsync(new() { Keyring = "somebodys", KeyVersion = 1, Data = Data }).AssertRefusedAsync(ErrorReason.KeyringNotFound);
    }

    [Fact]
    public async Task Request_OutOfRange_IsRefusedWithItsFields()
    {
        await signing.SignAsync(new()).AssertFieldsRefusedAsync("keyring", "key_version", "data");
        await signing.SignAsync(new() { Keyring = TokenSigning, KeyVersion = -1, Data = ByteString.CopyFrom(new byte[65_537]) })
            .AssertFieldsRefusedAsync("key_version", "data");
    }

    private static void AssertVerifies(PublicKey key, ByteString signature)
    {
        using var rsa = RSA.Create(new RSAParameters { Modulus = key.Modulus.ToByteArray(), Exponent = key.Exponent.ToByteArray() });
        Assert.True(rsa.VerifyData(Data.Span, signature.Span, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    private async Task<PublicKey> ActiveAsync() => (await signing.ListPublicKeysAsync(new() { Keyring = TokenSigning })).Keys.Single(key => key.Active);
}
