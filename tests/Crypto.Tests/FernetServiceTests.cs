using System.Runtime.Versioning;
using System.Security.Cryptography;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class FernetServiceTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    // https://github.com/fernet/spec, verify.json.
    private const string SpecKey = "cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4=";
    private const string SpecToken = "gAAAAAAdwJ6wAAECAwQFBgcICQoLDA0ODy021cpGVWKZ_eEwCGM4BLLF_5CV9dOPmrhuVUPgJobwOz7JcbmrR64jVmpU4IwqDA==";

    private static readonly ByteString Secret = ByteString.CopyFromUtf8("correct horse battery staple");

    private readonly FernetService.FernetServiceClient fernet = platform.Fernet("cli");
    private readonly TestActor administrator = platform.Actors.SignIn($"root-{RandomNumberGenerator.GetHexString(8)}", "*:*");

    [Fact]
    public async Task EncryptFernet_ThenDecrypt_GivesThePlaintextAndItsTime()
    {
        var keyring = await NewKeyringAsync("round-trip");

        var token = (await fernet.EncryptFernetAsync(new() { Keyring = keyring, Plaintext = Secret }, administrator.Metadata)).Token;
        var decrypted = await fernet.DecryptFernetAsync(
            new() { Keyring = keyring, Token = token, MaxAge = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromHours(1)) }, administrator.Metadata);

        Assert.Equal((Secret, 1), (decrypted.Plaintext, decrypted.KeyVersion));
        Assert.InRange(TimeProvider.System.GetUtcNow() - decrypted.CreatedAt.ToDateTimeOffset(), TimeSpan.Zero, TimeSpan.FromMinutes(1));
        var recorded = await platform.Audit.FindAsync("crypto.fernet.decrypted", one => one.Actor?.Id == administrator.Actor.UserId);
        Assert.Equal((Outcome.Success, $"keyrings/{keyring}", "1"), (recorded.Outcome, recorded.Resource, recorded.Attributes["version"]));
    }

    [Fact]
    public async Task EncryptFernet_OfTheLargestSize_TravelsBothWays()
    {
        var keyring = await NewKeyringAsync("largest");
        var plaintext = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(1_048_576));

        var token = (await fernet.EncryptFernetAsync(new() { Keyring = keyring, Plaintext = plaintext }, administrator.Metadata)).Token;

        Assert.Equal(plaintext, (await fernet.DecryptFernetAsync(new() { Keyring = keyring, Token = token }, administrator.Metadata)).Plaintext);
        Assert.NotEmpty((await fernet.RotateFernetAsync(new() { Keyring = keyring, Token = token }, administrator.Metadata)).Token);
    }

    // MultiFernet: the first key encrypts, any decrypts, rotate keeps the time.
    [Fact]
    public async Task ImportFernetKey_OfAPythonPlatform_OpensItsTokensAndRotatesThem()
    {
        var keyring = await NewKeyringAsync("python");
        await fernet.DecryptFernetAsync(new() { Keyring = keyring, Token = SpecToken }, administrator.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);

        var imported = await fernet.ImportFernetKeyAsync(new() { Keyring = keyring, Key = SpecKey }, administrator.Metadata);
        var opened = await fernet.DecryptFernetAsync(new() { Keyring = keyring, Token = SpecToken }, administrator.Metadata);
        await platform.Keys("cli").RotateKeyringAsync(new() { Name = keyring }, administrator.Metadata);
        var rotated = await fernet.RotateFernetAsync(new() { Keyring = keyring, Token = SpecToken }, administrator.Metadata);
        var reopened = await fernet.DecryptFernetAsync(new() { Keyring = keyring, Token = rotated.Token }, administrator.Metadata);

        Assert.Equal((2, "hello", 2), (imported.KeyVersion, opened.Plaintext.ToStringUtf8(), opened.KeyVersion));
        Assert.Equal((3, "hello", 3), (rotated.KeyVersion, reopened.Plaintext.ToStringUtf8(), reopened.KeyVersion));
        Assert.Equal(new DateTimeOffset(1985, 10, 26, 1, 20, 0, TimeSpan.FromHours(-7)), reopened.CreatedAt.ToDateTimeOffset());
        Assert.Equal("hello", (await fernet.DecryptFernetAsync(new() { Keyring = keyring, Token = SpecToken }, administrator.Metadata)).Plaintext.ToStringUtf8());
        await platform.Audit.FindAsync("crypto.fernet_key.imported", one => one.Resource == $"keyrings/{keyring}" && one.Attributes["version"] == "2");
    }

    [Fact]
    public async Task ImportFernetKey_Twice_IsRefusedAndChangesNothing()
    {
        var keyring = await NewKeyringAsync("twice");
        await fernet.ImportFernetKeyAsync(new() { Keyring = keyring, Key = SpecKey }, administrator.Metadata);

        await fernet.ImportFernetKeyAsync(new() { Keyring = keyring, Key = SpecKey }, administrator.Metadata).AssertFieldsRefusedAsync("key");

        Assert.Equal(2, await platform.CountAsync($"SELECT count(*) FROM key_versions WHERE keyring = '{keyring}'"));
    }

    [Theory]
    [InlineData("not base64 at all!")]
    [InlineData("cw_0x689RpI-jtRR7oE8h_eQsKImvJapLeSbXpwF4e4")]
    [InlineData("cw/0x689RpI+jtRR7oE8h/eQsKImvJapLeSbXpwF4e4=")]
    [InlineData("cw_0x689RpI-jtRR7oE8hw==")]
    public async Task ImportFernetKey_OfAnythingElse_IsRefused(string key) =>
        await fernet.ImportFernetKeyAsync(new() { Keyring = "any", Key = key }, administrator.Metadata).AssertFieldsRefusedAsync("key");

    [Fact]
    public async Task ImportFernetKey_WithoutASecondFactorOrTheRight_IsRefused()
    {
        var keyring = await NewKeyringAsync("guarded");
        var password = platform.Actors.SignInWithPasswordOnly("password-only", "*:*");
        var reader = platform.Actors.SignIn("reader", $"keyrings/{keyring}:decrypt");

        await fernet.ImportFernetKeyAsync(new() { Keyring = keyring, Key = SpecKey }, password.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);
        await fernet.ImportFernetKeyAsync(new() { Keyring = keyring, Key = SpecKey }, reader.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await fernet.RotateFernetAsync(new() { Keyring = keyring, Token = SpecToken }, reader.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await fernet.EncryptFernetAsync(new() { Keyring = keyring }, reader.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
    }

    [Fact]
    public async Task DecryptFernet_OfAnythingWrong_IsRefusedInOneWay()
    {
        var keyring = await NewKeyringAsync("one-answer");
        var other = await NewKeyringAsync("one-answer-other");
        var token = (await fernet.EncryptFernetAsync(new() { Keyring = keyring, Plaintext = Secret }, administrator.Metadata)).Token;
        var foreign = (await fernet.EncryptFernetAsync(new() { Keyring = other, Plaintext = Secret }, administrator.Metadata)).Token;
        await fernet.ImportFernetKeyAsync(new() { Keyring = keyring, Key = SpecKey }, administrator.Metadata);
        var answers = new HashSet<string>(StringComparer.Ordinal);

        foreach (var (wrong, hours) in new[] { (foreign, 0), (token[..^4], 0), (token.TrimEnd('='), 0), ("x", 0), ($"{token} ", 0), (SpecToken, 1) })
        {
            var request = new DecryptFernetRequest { Keyring = keyring, Token = wrong };
            if (hours > 0)
            {
                request.MaxAge = Google.Protobuf.WellKnownTypes.Duration.FromTimeSpan(TimeSpan.FromHours(hours));
            }

            var error = await fernet.DecryptFernetAsync(request, administrator.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
            answers.Add($"{error.Status} {error.Message} {string.Join(',', error.Metadata.Keys)}");
        }

        Assert.Single(answers);
    }

    [Fact]
    public async Task Keyring_OfAnotherKind_IsRefused()
    {
        var keyring = await NewKeyringAsync("kind");

        await fernet.EncryptFernetAsync(new() { Keyring = "service-tokens" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringWrongAlgorithm);
        await fernet.ImportFernetKeyAsync(new() { Keyring = "service-tokens", Key = SpecKey }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringWrongAlgorithm);
        await fernet.ImportFernetKeyAsync(new() { Keyring = "no-such-thing", Key = SpecKey }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringNotFound);
        await platform.Encryption("cli").EncryptAsync(new() { Keyring = keyring }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringWrongAlgorithm);
    }

    private async Task<string> NewKeyringAsync(string name)
    {
        await platform.Keys("cli").CreateKeyringAsync(new() { Name = $"fernet-{name}", Algorithm = V1.KeyAlgorithm.Fernet }, administrator.Metadata);
        return $"fernet-{name}";
    }
}
