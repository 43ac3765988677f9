using System.Runtime.Versioning;
using System.Security.Cryptography;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class EncryptionBatchTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    private const string Keyring = "mfa-secrets";

    private readonly EncryptionService.EncryptionServiceClient encryption = platform.Encryption("auth");

    [Fact]
    public async Task Batch_OfAThousand_IsEncryptedAndDecryptedInOrder()
    {
        var request = new EncryptBatchRequest { Keyring = Keyring };
        request.Items.Add(Enumerable.Range(0, 1000).Select(i => new EncryptItem
        {
            Id = $"row-{i}",
            Plaintext = ByteString.CopyFromUtf8($"secret {i}"),
            Context = ByteString.CopyFromUtf8($"rows/{i}"),
        }));

        var encrypted = await encryption.EncryptBatchAsync(request);
        var asked = new DecryptBatchRequest { Keyring = Keyring };
        asked.Items.Add(encrypted.Items.Select((item, i) => new CiphertextItem { Id = item.Id, Ciphertext = item.Ciphertext, Context = ByteString.CopyFromUtf8($"rows/{i}") }));
        var decrypted = await encryption.DecryptBatchAsync(asked);

        Assert.Equal(request.Items.Select(item => item.Id), encrypted.Items.Select(item => item.Id));
        Assert.Equal(1000, encrypted.Items.Select(item => item.Ciphertext).Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(request.Items.Select(item => (item.Id, item.Plaintext, 1)), decrypted.Items.Select(item => (item.Id, item.Plaintext, item.KeyVersion)));
    }

    [Fact]
    public async Task DecryptBatch_WithItemsThatAreBroken_DecryptsTheOthersAndIsOneEvent()
    {
        var user = platform.Actors.SignIn("partly", "keyrings/service-tokens:*");
        var client = platform.Encryption("cli");
        var good = (await client.EncryptAsync(new() { Keyring = "service-tokens", Plaintext = ByteString.CopyFromUtf8("good") }, user.Metadata)).Ciphertext;

        var decrypted = await client.DecryptBatchAsync(
            new()
            {
                Keyring = "service-tokens",
                Items =
                {
                    new CiphertextItem { Ciphertext = good[..^1] },
                    new CiphertextItem { Ciphertext = good },
                    new CiphertextItem { Ciphertext = good.Replace(".1.", ".9.", StringComparison.Ordinal) },
                    new CiphertextItem { Ciphertext = "mcs1.configuration.1.AAAA" },
                },
            },
            user.Metadata);

        Assert.Equal(
            [DecryptedItem.OutcomeOneofCase.Refused, DecryptedItem.OutcomeOneofCase.Plaintext, DecryptedItem.OutcomeOneofCase.Refused, DecryptedItem.OutcomeOneofCase.Refused],
            decrypted.Items.Select(item => item.OutcomeCase));
        Assert.All(decrypted.Items.Where(item => item.HasRefused), item => Assert.Equal((ErrorReason.CiphertextInvalid, 0), (item.Refused, item.KeyVersion)));
        Assert.Equal("good", decrypted.Items[1].Plaintext.ToStringUtf8());
        var recorded = await platform.Audit.FindAsync("crypto.data.decrypted", one => one.Actor?.Id == user.Actor.UserId);
        Assert.Equal((Outcome.Success, Severity.Warning, "4", "3"),
            (recorded.Outcome, recorded.Severity, recorded.Attributes["items"], recorded.Attributes["refused"]));
    }

    [Fact]
    public async Task DecryptBatch_OfNothingThatDecrypts_IsRecordedAsDenied()
    {
        var user = platform.Actors.SignIn("wholly", "keyrings/service-tokens:*");

        var decrypted = await platform.Encryption("cli").DecryptBatchAsync(
            new() { Keyring = "service-tokens", Items = { new CiphertextItem { Ciphertext = "mcs1.service-tokens.1.AAAA" } } }, user.Metadata);

        Assert.Equal(ErrorReason.CiphertextInvalid, Assert.Single(decrypted.Items).Refused);
        var recorded = await platform.Audit.FindAsync("crypto.data.decrypted", one => one.Actor?.Id == user.Actor.UserId);
        Assert.Equal((Outcome.Denied, "CIPHERTEXT_INVALID"), (recorded.Outcome, recorded.Reason));
    }

    [Fact]
    public async Task DecryptBatch_OfAnEmptyPlaintext_SaysSoByItsOutcome()
    {
        var empty = (await encryption.EncryptAsync(new() { Keyring = Keyring })).Ciphertext;

        var decrypted = await encryption.DecryptBatchAsync(new() { Keyring = Keyring, Items = { new CiphertextItem { Ciphertext = empty } } });

        Assert.Equal((DecryptedItem.OutcomeOneofCase.Plaintext, ByteString.Empty), (decrypted.Items[0].OutcomeCase, decrypted.Items[0].Plaintext));
    }

    [Fact]
    public async Task Batch_WithDuplicateEntries_IsRefusedAndNamesThem()
    {
        var ciphertext = (await encryption.EncryptAsync(new() { Keyring = Keyring })).Ciphertext;
        var twice = new[] { new CiphertextItem { Ciphertext = ciphertext }, new CiphertextItem { Ciphertext = "x" }, new CiphertextItem { Ciphertext = ciphertext } };
        var sameId = new[] { new CiphertextItem { Id = "a", Ciphertext = "x" }, new CiphertextItem { Id = "a", Ciphertext = "y" } };

        await encryption.DecryptBatchAsync(new() { Keyring = Keyring, Items = { twice } }).AssertFieldsRefusedAsync("items[2].ciphertext");
        await encryption.RewrapBatchAsync(new() { Keyring = Keyring, Items = { twice } }).AssertFieldsRefusedAsync("items[2].ciphertext");
        await encryption.DecryptBatchAsync(new() { Keyring = Keyring, Items = { sameId } }).AssertFieldsRefusedAsync("items[1].id");
        await encryption.EncryptBatchAsync(new() { Keyring = Keyring, Items = { new EncryptItem { Id = "a" }, new EncryptItem { Id = "a" } } })
            .AssertFieldsRefusedAsync("items[1].id");
    }

    // Two rows may well hold the same: what tells ciphertexts apart is their nonce.
    [Fact]
    public async Task EncryptBatch_OfEqualPlaintexts_GivesUnlikeCiphertexts()
    {
        var same = new EncryptItem { Plaintext = ByteString.CopyFromUtf8("N/A") };

        var encrypted = await encryption.EncryptBatchAsync(new() { Keyring = Keyring, Items = { same, same.Clone() } });

        Assert.NotEqual(encrypted.Items[0].Ciphertext, encrypted.Items[1].Ciphertext);
    }

    [Fact]
    public async Task Batch_OutOfRange_IsRefusedWithItsFields()
    {
        var many = new EncryptBatchRequest { Keyring = Keyring };
        many.Items.Add(Enumerable.Range(0, 1001).Select(_ => new EncryptItem()));
        var large = new EncryptItem { Plaintext = ByteString.CopyFrom(new byte[2_500_000]) };

        await encryption.EncryptBatchAsync(new() { Keyring = Keyring }).AssertFieldsRefusedAsync("items");
        await encryption.EncryptBatchAsync(many).AssertFieldsRefusedAsync("items");
        await encryption.EncryptBatchAsync(new() { Keyring = Keyring, Items = { large, large.Clone() } }).AssertFieldsRefusedAsync("items");
        await encryption.DecryptBatchAsync(new() { Keyring = Keyring, Items = { new CiphertextItem() } }).AssertFieldsRefusedAsync("items[0].ciphertext");
    }

    [Fact]
    public async Task Batch_OfTheLargestSize_TravelsBothWays()
    {
        var plaintext = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(4_194_304 / 4));
        var request = new EncryptBatchRequest { Keyring = Keyring, Items = { Enumerable.Range(0, 4).Select(_ => new EncryptItem { Plaintext = plaintext }) } };

        var encrypted = await encryption.EncryptBatchAsync(request);
        var decrypted = await encryption.DecryptBatchAsync(
            new() { Keyring = Keyring, Items = { encrypted.Items.Select(item => new CiphertextItem { Ciphertext = item.Ciphertext }) } });

        Assert.All(decrypted.Items, item => Assert.Equal(plaintext, item.Plaintext));
    }

    [Fact]
    public async Task Request_LargerThanTheService_IsRefused() =>
        await encryption.EncryptAsync(new() { Keyring = Keyring, Plaintext = ByteString.CopyFrom(new byte[7 * 1024 * 1024]) })
            .AssertRefusedAsync(ErrorReason.RequestTooLarge);
}
