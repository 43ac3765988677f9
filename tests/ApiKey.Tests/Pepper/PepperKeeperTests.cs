using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey.Tests;

public sealed class PepperKeeperTests(ApiKeyDatabase database) : IClassFixture<ApiKeyDatabase>, IAsyncLifetime
{
    private static readonly CancellationToken None = CancellationToken.None;

    private readonly CryptoDouble crypto = new();

    private PostgresPepperStore Store { get; } = new(database.DataSource, new KeyDatabase(database.DataSource));

    public Task InitializeAsync() => database.ExecuteAsync("TRUNCATE api_keys, pepper");

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Open_Again_IsTheSamePepper()
    {
        var first = await Keeper().OpenAsync(None);
        var second = await Keeper().OpenAsync(None);

        Assert.Equal(DigestBy(first), DigestBy(second));
    }

    [Fact]
    public async Task Attack_ParallelUse_ReplicasThatStartAtOnceOpenOnePepper()
    {
        var peppers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => Keeper().OpenAsync(None))));

        Assert.Single(peppers.Select(DigestBy).Distinct());
    }

    [Fact]
    public async Task Open_TwoPlatforms_HaveDifferentPeppers()
    {
        var first = await Keeper().OpenAsync(None);
        await database.ExecuteAsync("TRUNCATE pepper");

        Assert.NotEqual(DigestBy(first), DigestBy(await Keeper().OpenAsync(None)));
    }

    // A new pepper would make every key invalid, without a word.
    [Fact]
    public async Task Open_PepperLostWhileKeysAreThere_IsRefusedAndNotMadeAnew()
    {
        await database.ExecuteAsync(
            """
            SELECT set_config('mcpsecure.administrator', 'on', true);
            INSERT INTO api_keys VALUES (gen_random_uuid(), gen_random_uuid(), 'laptop', '{mcp:read}', '$2a$10$x', now(), NULL, NULL);
            """);

        var refused = await Assert.ThrowsAsync<PepperException>(() => Keeper().OpenAsync(None));

        Assert.Equal("apikeydb holds API keys and not the pepper that they were made with: restore the table pepper from a backup.", refused.Message);
        Assert.Null(await Store.FindAsync(None));
    }

    [Fact]
    public async Task Attack_CiphertextOfAnotherPlace_IsRefused()
    {
        await PutAsync(new EncryptRequest { Keyring = PepperKeeper.Keyring, Plaintext = Google.Protobuf.ByteString.CopyFrom(new byte[32]) });

        var refused = await Assert.ThrowsAsync<Refusal>(() => Keeper().OpenAsync(None));

        Assert.Equal(ErrorReason.CiphertextInvalid, refused.Reason);
    }

    [Fact]
    public async Task Open_PepperOfAnotherLength_IsRefused()
    {
        await PutAsync(new EncryptRequest
        {
            Keyring = PepperKeeper.Keyring,
            Plaintext = Google.Protobuf.ByteString.CopyFrom(new byte[16]),
            Context = Google.Protobuf.ByteString.CopyFromUtf8("apikeydb/pepper/1"),
        });

        await Assert.ThrowsAsync<PepperException>(() => Keeper().OpenAsync(None));
    }

    [Fact]
    public async Task Open_CryptoAway_KeepsNothing()
    {
        crypto.IsAway = true;

        await Assert.ThrowsAnyAsync<RpcException>(() => Keeper().OpenAsync(None));

        Assert.Null(await Store.FindAsync(None));
    }

    [Fact]
    public async Task Open_WhatIsKept_IsNotThePepper()
    {
        await Keeper().OpenAsync(None);

        Assert.StartsWith("mcs1.api-key-pepper.1.", await Store.FindAsync(None), StringComparison.Ordinal);
    }

    private PepperKeeper Keeper() => new(Store, crypto.Client(), TimeProvider.System);

    private Task PutAsync(EncryptRequest request) => Store.AddAsync(crypto.Encrypt(request).Ciphertext, TimeProvider.System.GetUtcNow(), None);

    private static KeyDigest DigestBy(Pepper pepper) => pepper.DigestOf(ApiKeyFormat.DefaultPrefix, new string('0', ApiKeyFormat.BodyLength));
}
