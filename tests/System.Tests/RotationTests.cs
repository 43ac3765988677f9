using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using McpSecure.ApiKey.V1;
using McpSecure.Auth.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.SystemTests;

/// <summary>Rotates what the platform stands on while callers use it, without retries: no call may fail.</summary>
[Collection(PlatformTests.Name)]
public sealed class RotationTests(PlatformFixture fixture)
{
    private const int CallsBetween = 30;

    private readonly Platform platform = fixture.Platform;
    private readonly Story story = fixture.Story;

    private KeyService.KeyServiceClient Keyrings => story.Administrator.Call<KeyService.KeyServiceClient>();

    [Fact]
    public async Task Keyring_RotatedUnderLoad_FailsNoCall()
    {
        await using var clients = Impatient();
        await using var load = new Load()
            .With("encrypt and decrypt", () => RoundTripAsync(clients))
            .With("encrypt and decrypt beside", () => RoundTripAsync(clients))
            .With("decrypt what is old", () => DecryptAsync(clients, story.Ciphertext, "tokens/1", story.Plaintext));
        await load.GoOnAsync(CallsBetween);

        for (var i = 0; i < 5; i++)
        {
            await Keyrings.RotateKeyringAsync(new RotateKeyringRequest { Name = "service-tokens" });
            await load.GoOnAsync(CallsBetween);
        }

        Assert.Empty(await load.EndAsync());
    }

    [Fact]
    public async Task TokenSigning_RotatedUnderLoad_FailsNoCallAndSignsWithTheNewKey()
    {
        var before = await KeyIdOfNewTokenAsync();
        var (old, newest) = (story.Developer.Token!, story.Administrator.Token!);
        var key = (await story.Developer.Call<ApiKeyService.ApiKeyServiceClient>().CreateApiKeyAsync(new CreateApiKeyRequest { Name = "rotation", Scopes = { "mcp:read" } })).Secret;
        await using var clients = Impatient(Platform.Application);
        await using var load = new Load()
            .With("validate a token signed before", () => ValidateAsync(clients, old))
            .With("validate the newest token", () => ValidateAsync(clients, newest))
            .With("validate an API key", async () => await clients.GetRequiredService<ApiKeyService.ApiKeyServiceClient>().ValidateApiKeyAsync(new ValidateApiKeyRequest { Secret = key }));
        await load.GoOnAsync(CallsBetween);

        var published = (await Keyrings.RotateKeyringAsync(new RotateKeyringRequest { Name = "token-signing" })).Keyring;
        Assert.Equal(KeyState.Pending, published.Versions[^1].State);
        await Until.TrueAsync("the new key is active", async () =>
            (await Keyrings.GetKeyringAsync(new GetKeyringRequest { Name = "token-signing" })).Keyring.ActiveVersion == published.Versions[^1].Version);
        Assert.NotEqual(before, await KeyIdOfNewTokenAsync());
        newest = story.Administrator.Token!;
        await load.GoOnAsync(CallsBetween);

        Assert.Empty(await load.EndAsync());
    }

    private ServiceProvider Impatient(string workload = "cli") => platform.Clients(workload, options =>
    {
        options.MaxAttempts = 1;
        options.AccessToken = _ => ValueTask.FromResult(story.Developer.Token);
    });

    private static async Task RoundTripAsync(ServiceProvider clients)
    {
        var plaintext = RandomNumberGenerator.GetHexString(32);
        var encrypted = await clients.GetRequiredService<EncryptionService.EncryptionServiceClient>().EncryptAsync(
            new EncryptRequest { Keyring = "service-tokens", Plaintext = ByteString.CopyFromUtf8(plaintext), Context = ByteString.CopyFromUtf8("rotation") });
        await DecryptAsync(clients, encrypted.Ciphertext, "rotation", plaintext);
    }

    private static async Task DecryptAsync(ServiceProvider clients, string ciphertext, string context, string expected)
    {
        var decrypted = await clients.GetRequiredService<EncryptionService.EncryptionServiceClient>().DecryptAsync(
            new DecryptRequest { Keyring = "service-tokens", Ciphertext = ciphertext, Context = ByteString.CopyFromUtf8(context) });
        Assert.Equal(expected, decrypted.Plaintext.ToStringUtf8());
    }

    private static async Task ValidateAsync(ServiceProvider clients, string token) =>
        Assert.NotEmpty((await clients.GetRequiredService<AuthService.AuthServiceClient>().ValidateTokenAsync(new ValidateTokenRequest { Token = token })).UserId);

    private async Task<string> KeyIdOfNewTokenAsync()
    {
        await story.Administrator.SignInAsync();
        var header = story.Administrator.Token!.Split('.')[0];
        return JsonDocument.Parse(Base64Url.DecodeFromChars(header)).RootElement.GetProperty("kid").GetString()!;
    }
}
