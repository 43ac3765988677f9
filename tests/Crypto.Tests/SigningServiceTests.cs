using System.Runtime.Versioning;
using System.Security.Cryptography;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

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

    // Verifiers learn the new key before anything is signed with it; whoever holds a list from before goes on signing with the version that
    // it calls active, and whoever verifies finds both keys in the list.
    [Fact]
    public async Task RotateKeyring_LeavesNoVerifierWithoutTheKey()
    {
        var clock = new ShiftedClock();
        await platform.StartReplicaAsync(clock);
        var keys = platform.Keys("cli");
        var before = await ActiveAsync();

        var rotated = (await keys.RotateKeyringAsync(new() { Name = TokenSigning }, administrator.Metadata)).Keyring;

        var pending = rotated.Versions[^1];
        Assert.Equal((before.Version, V1.KeyState.Pending), (rotated.ActiveVersion, pending.State));
        var published = (await signing.ListPublicKeysAsync(new() { Keyring = TokenSigning })).Keys;
        Assert.Contains(published, key => key.Version == pending.Version && !key.Active);
        Assert.Equal(before, Assert.Single(published, key => key.Active));

        clock.Advance(TimeSpan.FromMinutes(59));
        await Task.Delay(500);
        Assert.Equal(before.Version, (await keys.GetKeyringAsync(new() { Name = TokenSigning }, administrator.Metadata)).Keyring.ActiveVersion);

        clock.Advance(TimeSpan.FromMinutes(1));
        await Eventually.TrueAsync(async () =>
            (await signing.ListPublicKeysAsync(new() { Keyring = TokenSigning })).Keys.Single(key => key.Active).Version == pending.Version);
        var bySlowSigner = await signing.SignAsync(new() { Keyring = TokenSigning, KeyVersion = before.Version, Data = Data });
        var list = (await signing.ListPublicKeysAsync(new() { Keyring = TokenSigning })).Keys;
        AssertVerifies(list.Single(key => key.KeyId == before.KeyId), bySlowSigner.Signature);
        AssertVerifies(list.Single(key => key.Active), (await signing.SignAsync(new() { Keyring = TokenSigning, KeyVersion = pending.Version, Data = Data })).Signature);
        var told = await platform.Audit.FindAsync("crypto.key_version.activated", one => one.Resource == $"keyrings/{TokenSigning}");
        Assert.Equal((Common.V1.PrincipalType.Service, "crypto", $"{pending.Version}"), (told.Actor.Type, told.Actor.Id, told.Attributes["version"]));
    }

    // Somebody who signs with a key ahead of its time would make signatures that verifiers cannot check yet.
    [Fact]
    public async Task Sign_WithAPendingVersion_IsRefused()
    {
        var rotated = (await platform.Keys("cli").RotateKeyringAsync(new() { Name = TokenSigning }, administrator.Metadata)).Keyring;

        await signing.SignAsync(new() { Keyring = TokenSigning, KeyVersion = rotated.Versions[^1].Version, Data = Data }).AssertFieldsRefusedAsync("key_version");
    }

    [Fact]
    public async Task RotateKeyring_AtOnce_SignsWithTheNewVersionOnAReplicaThatHasNotHeardOfIt()
    {
        var there = platform.Signing("auth", await platform.StartReplicaAsync());
        await there.ListPublicKeysAsync(new() { Keyring = TokenSigning });

        var rotated = (await platform.Keys("cli").RotateKeyringAsync(new() { Name = TokenSigning, AtOnce = true }, administrator.Metadata)).Keyring;

        Assert.Equal(rotated.Versions[^1].Version, rotated.ActiveVersion);
        await there.SignAsync(new() { Keyring = TokenSigning, KeyVersion = rotated.ActiveVersion, Data = Data });
    }

    [Fact]
    public async Task Sign_WithAVersionReplacedLongAgo_IsRefusedThoughItStillVerifies()
    {
        var before = await ActiveAsync();
        await platform.Keys("cli").RotateKeyringAsync(new() { Name = TokenSigning, AtOnce = true }, administrator.Metadata);
        var clock = new ShiftedClock();
        var later = platform.Signing("auth", await platform.StartReplicaAsync(clock));

        clock.Advance(TimeSpan.FromMinutes(9));
        await later.SignAsync(new() { Keyring = TokenSigning, KeyVersion = before.Version, Data = Data });

        clock.Advance(TimeSpan.FromMinutes(2));
        await later.SignAsync(new() { Keyring = TokenSigning, KeyVersion = before.Version, Data = Data }).AssertFieldsRefusedAsync("key_version");
        Assert.Contains((await later.ListPublicKeysAsync(new() { Keyring = TokenSigning })).Keys, key => key.KeyId == before.KeyId);
    }

    [Theory]
    [InlineData(V1.KeyAlgorithm.Rsa2048Sha256, "RS256", 256)]
    [InlineData(V1.KeyAlgorithm.Rsa3072Sha256, "RS256", 384)]
    [InlineData(V1.KeyAlgorithm.Rsa4096Sha256, "RS256", 512)]
    [InlineData(V1.KeyAlgorithm.EcdsaP256Sha256, "ES256", 64)]
    public async Task Sign_OfEachAlgorithmForAUser_VerifiesHereAndWithTheJwks(V1.KeyAlgorithm algorithm, string name, int sizeInBytes)
    {
        var keyring = $"signs-{algorithm}".ToLowerInvariant();
        await platform.Keys("cli").CreateKeyringAsync(new() { Name = keyring, Algorithm = algorithm }, administrator.Metadata, CryptoPlatform.TimeToFindAnRsaKey);
        var webshop = platform.Signing("webshop");

        var signature = (await webshop.SignAsync(new() { Keyring = keyring, KeyVersion = 1, Data = Data }, administrator.Metadata)).Signature;

        Assert.Equal(sizeInBytes, signature.Length);
        Assert.True((await webshop.VerifyAsync(new() { Keyring = keyring, KeyVersion = 1, Data = Data, Signature = signature }, administrator.Metadata)).Valid);
        var jwks = (await webshop.GetJwksAsync(new() { Keyring = keyring }, administrator.Metadata)).Jwks;
        var key = Assert.Single(new Microsoft.IdentityModel.Tokens.JsonWebKeySet(jwks).Keys);
        Assert.Equal((name, "sig"), (key.Alg, key.Use));
        Assert.Equal(key.Kid, System.Buffers.Text.Base64Url.EncodeToString(key.ComputeJwkThumbprint()));
        using var verifier = new Microsoft.IdentityModel.Tokens.CryptoProviderFactory().CreateForVerifying(key, name);
        Assert.True(verifier.Verify(Data.ToByteArray(), signature.ToByteArray()));
    }

    [Fact]
    public async Task Verify_WhatDoesNotHold_IsNotValid()
    {
        foreach (var algorithm in new[] { V1.KeyAlgorithm.Rsa2048Sha256, V1.KeyAlgorithm.EcdsaP256Sha256 })
        {
            var keyring = $"verifies-{algorithm}".ToLowerInvariant();
            await platform.Keys("cli").CreateKeyringAsync(new() { Name = keyring, Algorithm = algorithm }, administrator.Metadata);
            await platform.Keys("cli").RotateKeyringAsync(new() { Name = keyring, AtOnce = true }, administrator.Metadata);
            var webshop = platform.Signing("webshop");
            var signature = (await webshop.SignAsync(new() { Keyring = keyring, KeyVersion = 2, Data = Data }, administrator.Metadata)).Signature.ToByteArray();
            var flipped = (byte[])signature.Clone();
            flipped[^1] ^= 1;
            VerifyRequest[] wrong =
            [
                new() { KeyVersion = 1, Data = Data, Signature = ByteString.CopyFrom(signature) },
                new() { KeyVersion = 3, Data = Data, Signature = ByteString.CopyFrom(signature) },
                new() { KeyVersion = 2, Data = ByteString.CopyFromUtf8("other"), Signature = ByteString.CopyFrom(signature) },
                new() { KeyVersion = 2, Data = Data, Signature = ByteString.CopyFrom(flipped) },
                new() { KeyVersion = 2, Data = Data, Signature = ByteString.CopyFrom(signature[..^1]) },
                new() { KeyVersion = 2, Data = Data, Signature = ByteString.CopyFrom([.. signature, 0]) },
                new() { KeyVersion = 2, Data = Data, Signature = ByteString.CopyFrom(new byte[signature.Length]) },
            ];

            foreach (var request in wrong)
            {
                request.Keyring = keyring;
                Assert.False((await webshop.VerifyAsync(request, administrator.Metadata)).Valid);
            }
        }
    }

    [Fact]
    public async Task ComputeMac_ThenVerifyMac_HoldsOverRotationAndForNothingElse()
    {
        await platform.Keys("cli").CreateKeyringAsync(new() { Name = "webhooks", Algorithm = V1.KeyAlgorithm.HmacSha256 }, administrator.Metadata);
        var webshop = platform.Signing("webshop");
        var made = await webshop.ComputeMacAsync(new() { Keyring = "webhooks", Data = Data }, administrator.Metadata);
        var rotated = (await platform.Keys("cli").RotateKeyringAsync(new() { Name = "webhooks" }, administrator.Metadata)).Keyring;

        Assert.Equal((32, 1, 2), (made.Mac.Length, made.KeyVersion, rotated.ActiveVersion));
        Assert.True(await HoldsAsync(1, Data, made.Mac));
        Assert.False(await HoldsAsync(2, Data, made.Mac));
        Assert.False(await HoldsAsync(3, Data, made.Mac));
        Assert.False(await HoldsAsync(1, ByteString.CopyFromUtf8("other"), made.Mac));
        Assert.False(await HoldsAsync(1, Data, ByteString.CopyFrom(made.Mac.Span[..16])));
        await webshop.SignAsync(new() { Keyring = "webhooks", KeyVersion = 1, Data = Data }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringWrongAlgorithm);
        await webshop.ComputeMacAsync(new() { Keyring = "service-tokens", Data = Data }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringWrongAlgorithm);

        async Task<bool> HoldsAsync(int version, ByteString data, ByteString mac) =>
            (await webshop.VerifyMacAsync(new() { Keyring = "webhooks", KeyVersion = version, Data = data, Mac = mac }, administrator.Metadata)).Valid;
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

    [Fact]
    public async Task WrongService_Signing_IsRefused()
    {
        await platform.Signing("apikey").SignAsync(new() { Keyring = TokenSigning, KeyVersion = 1, Data = Data }, administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.CallerNotAllowed);
        await platform.Signing("apikey").ListPublicKeysAsync(new() { Keyring = TokenSigning }, administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.CallerNotAllowed);
    }

    // Whoever could sign with the key of the access tokens could be anybody.
    [Theory]
    [InlineData("cli")]
    [InlineData("webshop")]
    public async Task WrongWorkload_SigningWithTheKeyOfAccessTokens_FindsNothingThoughTheUserMayEverything(string caller) =>
        await platform.Signing(caller).SignAsync(new() { Keyring = TokenSigning, KeyVersion = 1, Data = Data }, administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.KeyringNotFound);

    [Fact]
    public async Task Sign_ForAUserWhoMayNot_IsRefused()
    {
        var user = platform.Actors.SignIn("mia", "keyrings/somebodys-own:verify");

        await platform.Signing("webshop").SignAsync(new() { Keyring = "somebodys-own", KeyVersion = 1, Data = Data }, user.Metadata)
            .AssertRefusedAsync(ErrorReason.PermissionDenied);
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
