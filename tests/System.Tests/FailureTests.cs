using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Npgsql;

namespace McpSecure.SystemTests;

/// <summary>Takes parts of the platform away in mid-story and gives them back.</summary>
[Collection(PlatformTests.Name)]
public sealed class FailureTests(PlatformFixture fixture)
{
    private readonly Platform platform = fixture.Platform;
    private readonly Story story = fixture.Story;

    private ApiKeyService.ApiKeyServiceClient Keys => story.Developer.Call<ApiKeyService.ApiKeyServiceClient>();

    [Fact]
    public async Task Redis_StoppedInMidStory_AnswersStayRightAndRecover()
    {
        var key = await MakeKeyAsync();
        await platform.Redis.StopAsync();

        await AssertRightOrUnavailableAsync(() => ValidateAsync(key), valid: true);
        await Keys.RevokeApiKeyAsync(new RevokeApiKeyRequest { ApiKeyId = key.ApiKey.ApiKeyId });
        await AssertRightOrUnavailableAsync(() => ValidateAsync(key), valid: false);

        await platform.Redis.StartAsync();
        await platform.WaitUntilReadyAsync();
        var after = await MakeKeyAsync();
        await ValidateAsync(after);
        await AssertInLogOnceAsync("apikey.key.revoked", $"api-keys/{key.ApiKey.ApiKeyId}");
        await AssertInLogOnceAsync("apikey.key.created", $"api-keys/{after.ApiKey.ApiKeyId}");
    }

    [Fact]
    public async Task Audit_StoppedInMidStory_LosesNoEvent()
    {
        await platform["audit"].StopAsync();

        var made = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            var key = await MakeKeyAsync();
            await ValidateAsync(key);
            made.Add(key.ApiKey.ApiKeyId);
        }

        await platform["audit"].StartAsync();

        foreach (var id in made)
        {
            await AssertInLogOnceAsync("apikey.key.created", $"api-keys/{id}");
            await AssertInLogOnceAsync("apikey.key.validated", $"api-keys/{id}");
        }

        var (_, fault) = await story.Administrator.ReadChainAsync();
        Assert.Null(fault);
    }

    [Fact]
    public async Task Service_KilledBetweenCommitAndDelivery_DeliversItsEventOnceAfterItsStart()
    {
        await platform["audit"].StopAsync();
        var key = await MakeKeyAsync();
        await platform["apikey"].KillAsync();

        // The change is committed and its event waits beside it: this is the moment between commit and delivery.
        await using (var database = NpgsqlDataSource.Create(platform.ConnectionString("apikey")))
        {
            Assert.True(await Tables.CountAsync(database, "audit_outbox") > 0);
        }

        await platform["audit"].StartAsync();
        Assert.Empty(await EventsAsync("apikey.key.created", $"api-keys/{key.ApiKey.ApiKeyId}"));

        await platform["apikey"].StartAsync();
        await AssertInLogOnceAsync("apikey.key.created", $"api-keys/{key.ApiKey.ApiKeyId}");
        await ValidateAsync(key);
    }

    [Fact]
    public async Task Crypto_StoppedAndStarted_RefusesMeanwhileAndRecovers()
    {
        await platform["crypto"].StopAsync();

        var meanwhile = await Assert.ThrowsAsync<RpcException>(async () => await DecryptAsync());
        Assert.Equal(StatusCode.Unavailable, meanwhile.StatusCode);

        await platform["crypto"].StartAsync();
        Assert.Equal(story.Plaintext, (await DecryptAsync()).Plaintext.ToStringUtf8());
    }

    [Fact]
    public async Task Service_ToldToStop_EndsWithinTenSeconds()
    {
        var begun = TimeProvider.System.GetTimestamp();
        await platform["authorization"].StopAsync();
        var took = TimeProvider.System.GetElapsedTime(begun);
        await platform["authorization"].StartAsync();

        Assert.True(took < TimeSpan.FromSeconds(10), $"It took {took}.");
    }

    private async Task<CreateApiKeyResponse> MakeKeyAsync() => await Keys.CreateApiKeyAsync(new CreateApiKeyRequest { Name = "failure", Scopes = { "mcp:read" } });

    private async Task ValidateAsync(CreateApiKeyResponse key) => await Keys.ValidateApiKeyAsync(new ValidateApiKeyRequest { Secret = key.Secret });

    private async Task<DecryptResponse> DecryptAsync() => await story.Developer.Call<EncryptionService.EncryptionServiceClient>().DecryptAsync(new DecryptRequest
    {
        Keyring = "service-tokens",
        Ciphertext = story.Ciphertext,
        Context = Google.Protobuf.ByteString.CopyFromUtf8("tokens/1"),
    });

    private static async Task AssertRightOrUnavailableAsync(Func<Task> validate, bool valid)
    {
        try
        {
            await validate();
            Assert.True(valid, "A revoked key was taken.");
        }
        catch (RpcException e) when (e.StatusCode != StatusCode.Unavailable)
        {
            Assert.False(valid, "A good key was refused.");
            Assert.Equal(ErrorReason.ApiKeyInvalid, McpSecureError.From(e).Reason);
        }
        catch (RpcException)
        {
            // UNAVAILABLE denies too, and is told apart.
        }
    }

    private Task<IReadOnlyList<RecordedEvent>> EventsAsync(string action, string resource) =>
        story.Administrator.EventsAsync(new EventFilter { Action = action, Resource = resource });

    private async Task AssertInLogOnceAsync(string action, string resource) =>
        Assert.Single(await story.Administrator.AwaitEventsAsync(new EventFilter { Action = action, Resource = resource }));
}
