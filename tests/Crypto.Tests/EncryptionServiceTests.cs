using System.Collections.Concurrent;
using System.Runtime.Versioning;
using System.Text;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Npgsql;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class EncryptionServiceTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    private static readonly ByteString Secret = ByteString.CopyFromUtf8("correct horse battery staple");
    private static readonly ByteString Context = ByteString.CopyFromUtf8("users/1");

    [Theory]
    [InlineData("auth", "mfa-secrets")]
    [InlineData("apikey", "api-key-pepper")]
    public async Task Encrypt_ThenDecrypt_ByTheServiceThatOwnsTheKeyring_GivesThePlaintext(string caller, string keyring)
    {
        var encryption = platform.Encryption(caller);

        var ciphertext = await EncryptAsync(encryption, keyring);
        var decrypted = await encryption.DecryptAsync(new() { Keyring = keyring, Ciphertext = ciphertext, Context = Context });

        Assert.StartsWith($"mcs1.{keyring}.1.", ciphertext, StringComparison.Ordinal);
        Assert.Equal(Secret, decrypted.Plaintext);
        Assert.Equal(1, decrypted.KeyVersion);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4_194_304)]
    public async Task Encrypt_ThenDecrypt_OfAnyAllowedSize_GivesThePlaintext(int sizeInBytes)
    {
        var encryption = platform.Encryption("auth");
        var plaintext = ByteString.CopyFrom(System.Security.Cryptography.RandomNumberGenerator.GetBytes(sizeInBytes));

        var encrypted = await encryption.EncryptAsync(new() { Keyring = "mfa-secrets", Plaintext = plaintext });
        var decrypted = await encryption.DecryptAsync(new() { Keyring = "mfa-secrets", Ciphertext = encrypted.Ciphertext });

        Assert.Equal(plaintext, decrypted.Plaintext);
    }

    [Fact]
    public async Task Encrypt_ForAUserWhoMay_IsDoneAndRecorded()
    {
        var user = platform.Actors.SignIn("ada", "keyrings/service-tokens:encrypt", "keyrings/service-tokens:decrypt");
        var encryption = platform.Encryption("webshop");

        var encrypted = await encryption.EncryptAsync(new() { Keyring = "service-tokens", Plaintext = Secret }, user.Metadata);
        var decrypted = await encryption.DecryptAsync(new() { Keyring = "service-tokens", Ciphertext = encrypted.Ciphertext }, user.Metadata);

        Assert.Equal(Secret, decrypted.Plaintext);
        var recorded = await platform.Audit.FindAsync("crypto.data.decrypted", one => one.Actor?.Id == user.Actor.UserId);
        Assert.Equal(("crypto", "webshop", "ada", "keyrings/service-tokens", Outcome.Success, "1"),
            (recorded.Source, recorded.Caller, recorded.ActorName, recorded.Resource, recorded.Outcome, recorded.Attributes["version"]));
        await platform.Audit.FindAsync("crypto.data.encrypted", one => one.Actor?.Id == user.Actor.UserId);
    }

    [Fact]
    public async Task Encrypt_ForAUserWhoMayNot_IsRefusedAndRecorded()
    {
        var user = platform.Actors.SignInWithPasswordOnly("bob", "keyrings/service-tokens:decrypt");
        var encryption = platform.Encryption("cli");

        await encryption.EncryptAsync(new() { Keyring = "service-tokens" }, user.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);

        var recorded = await platform.Audit.FindAsync("crypto.data.encrypted", one => one.Actor?.Id == user.Actor.UserId);
        Assert.Equal((Outcome.Denied, "PERMISSION_DENIED", "keyrings/service-tokens"), (recorded.Outcome, recorded.Reason, recorded.Resource));
    }

    [Fact]
    public async Task Encrypt_WithoutAToken_IsRefused() =>
        await platform.Encryption("cli").EncryptAsync(new() { Keyring = "service-tokens" }).AssertRefusedAsync(ErrorReason.TokenMissing);

    [Fact]
    public async Task Encrypt_WithARevokedToken_IsRefused()
    {
        var user = platform.Actors.SignIn("carol", "keyrings/*:*");
        platform.Actors.Revoke(user);

        await platform.Encryption("cli").EncryptAsync(new() { Keyring = "service-tokens" }, user.Metadata).AssertRefusedAsync(ErrorReason.TokenInvalid);
    }

    // What a user may not even ask about looks alike, whether it is there or not.
    [Fact]
    public async Task Encrypt_OnAnUnknownKeyring_IsToldOnlyToThoseWhoMay()
    {
        var mayAll = platform.Actors.SignIn("dan", "keyrings/*:*");
        var mayOne = platform.Actors.SignIn("eve", "keyrings/service-tokens:*");
        var encryption = platform.Encryption("cli");

        await encryption.EncryptAsync(new() { Keyring = "no-such-thing" }, mayAll.Metadata).AssertRefusedAsync(ErrorReason.KeyringNotFound);
        await encryption.EncryptAsync(new() { Keyring = "no-such-thing" }, mayOne.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await encryption.EncryptAsync(new() { Keyring = "configuration" }, mayOne.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
    }

    [Theory]
    [InlineData("mfa-secrets")]
    [InlineData("api-key-pepper")]
    [InlineData("audit-subjects")]
    [InlineData("token-signing")]
    public async Task WrongWorkload_OnAServicesKeyring_FindsNothingThoughTheUserMayEverything(string keyring)
    {
        var administrator = platform.Actors.SignIn("root", "*:*");

        foreach (var caller in new[] { "cli", "webshop" })
        {
            var encryption = platform.Encryption(caller);
            await encryption.EncryptAsync(new() { Keyring = keyring }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringNotFound);
            await encryption.DecryptAsync(new() { Keyring = keyring, Ciphertext = "x" }, administrator.Metadata).AssertRefusedAsync(ErrorReason.KeyringNotFound);
        }
    }

    [Fact]
    public async Task WrongService_OnAnothersKeyring_FindsNothing()
    {
        var ciphertext = await EncryptAsync(platform.Encryption("auth"), "mfa-secrets");
        var apiKey = platform.Encryption("apikey");

        await apiKey.DecryptAsync(new() { Keyring = "mfa-secrets", Ciphertext = ciphertext, Context = Context }).AssertRefusedAsync(ErrorReason.KeyringNotFound);
        await apiKey.EncryptAsync(new() { Keyring = "service-tokens" }).AssertRefusedAsync(ErrorReason.KeyringNotFound);
        await platform.Audit.FindAsync(
            "crypto.data.decrypted", one => one is { Caller: "apikey", Outcome: Outcome.Denied, Reason: "KEYRING_NOT_FOUND", Resource: "keyrings/mfa-secrets" });
    }

    // A user's token does not open for a service what the service may not use.
    [Fact]
    public async Task ConfusedDeputy_ServiceWithAUsersToken_GainsNothing()
    {
        var administrator = platform.Actors.SignIn("root", "*:*");

        await platform.Encryption("apikey").EncryptAsync(new() { Keyring = "service-tokens" }, administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.KeyringNotFound);
    }

    [Fact]
    public async Task Call_ByAWorkloadThatIsNotListed_IsRefused() =>
        await platform.Encryption("authorization").EncryptAsync(new() { Keyring = "service-tokens" }).AssertRefusedAsync(ErrorReason.CallerNotAllowed);

    [Fact]
    public async Task Encrypt_OnASigningKeyring_IsRefused()
    {
        await platform.Encryption("auth").EncryptAsync(new() { Keyring = "token-signing" }).AssertRefusedAsync(ErrorReason.KeyringWrongAlgorithm);
        await platform.Encryption("auth").DecryptAsync(new() { Keyring = "token-signing", Ciphertext = "mcs1.token-signing.1.AAAA" })
            .AssertRefusedAsync(ErrorReason.KeyringWrongAlgorithm);
    }

    [Fact]
    public async Task Decrypt_CiphertextOfAnotherKeyring_IsRefused()
    {
        var user = platform.Actors.SignIn("fay", "keyrings/*:*");
        var encryption = platform.Encryption("cli");
        var ciphertext = (await encryption.EncryptAsync(new() { Keyring = "service-tokens", Plaintext = Secret }, user.Metadata)).Ciphertext;

        await AssertInvalidAsync("configuration", ciphertext);
        await AssertInvalidAsync("configuration", ciphertext.Replace("service-tokens", "configuration", StringComparison.Ordinal));
        await AssertInvalidAsync("service-tokens", ciphertext.Replace("service-tokens", "configuration", StringComparison.Ordinal));

        Task AssertInvalidAsync(string keyring, string text) => encryption.DecryptAsync(new() { Keyring = keyring, Ciphertext = text }, user.Metadata)
            .AssertRefusedAsync(ErrorReason.CiphertextInvalid);
    }

    [Fact]
    public async Task Decrypt_WithAnotherContext_IsRefused()
    {
        var encryption = platform.Encryption("auth");
        var ciphertext = await EncryptAsync(encryption, "mfa-secrets");

        foreach (var context in new[] { "", "users/2", "users/1 ", "users/1\0" })
        {
            await encryption.DecryptAsync(new() { Keyring = "mfa-secrets", Ciphertext = ciphertext, Context = ByteString.CopyFromUtf8(context) })
                .AssertRefusedAsync(ErrorReason.CiphertextInvalid);
        }
    }

    [Fact]
    public async Task Decrypt_FlippedBitInEveryRegion_IsRefusedInOneWay()
    {
        var encryption = platform.Encryption("auth");
        var ciphertext = await EncryptAsync(encryption, "mfa-secrets");
        var answers = new HashSet<string>(StringComparer.Ordinal);

        for (var i = 0; i < ciphertext.Length; i++)
        {
            var changed = new StringBuilder(ciphertext);
            changed[i] = changed[i] == 'A' ? 'B' : 'A';
            answers.Add(await AnswerAsync(changed.ToString()));
        }

        foreach (var other in new[] { "", ciphertext + "A", ciphertext[..^1], ciphertext[..^4], ciphertext[..20], " " + ciphertext, ciphertext + "=", ciphertext + "\n", "x" })
        {
            answers.Add(other.Length == 0 ? answers.First() : await AnswerAsync(other));
        }

        Assert.Single(answers);

        async Task<string> AnswerAsync(string text)
        {
            var error = await encryption.DecryptAsync(new() { Keyring = "mfa-secrets", Ciphertext = text, Context = Context }).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
            return $"{error.Status} {error.Message} {string.Join(',', error.Metadata.Keys)}";
        }
    }

    [Fact]
    public async Task Decrypt_SwappedVersion_IsRefused()
    {
        var user = platform.Actors.SignIn("gus", "keyrings/*:*");
        var encryption = platform.Encryption("cli");
        await platform.Keys("cli").CreateKeyringAsync(new() { Name = "swapped", Algorithm = V1.KeyAlgorithm.Xaes256Gcm }, user.Metadata);
        var first = (await encryption.EncryptAsync(new() { Keyring = "swapped", Plaintext = Secret }, user.Metadata)).Ciphertext;
        await platform.Keys("cli").RotateKeyringAsync(new() { Name = "swapped" }, user.Metadata);
        var second = (await encryption.EncryptAsync(new() { Keyring = "swapped", Plaintext = Secret }, user.Metadata)).Ciphertext;

        Assert.StartsWith("mcs1.swapped.2.", second, StringComparison.Ordinal);
        foreach (var changed in new[] { first.Replace(".1.", ".2.", StringComparison.Ordinal), second.Replace(".2.", ".1.", StringComparison.Ordinal), second.Replace(".2.", ".3.", StringComparison.Ordinal), second.Replace(".2.", ".2147483647.", StringComparison.Ordinal) })
        {
            await encryption.DecryptAsync(new() { Keyring = "swapped", Ciphertext = changed }, user.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
        }

        Assert.Equal(1, (await encryption.DecryptAsync(new() { Keyring = "swapped", Ciphertext = first }, user.Metadata)).KeyVersion);
        Assert.Equal(2, (await encryption.DecryptAsync(new() { Keyring = "swapped", Ciphertext = second }, user.Metadata)).KeyVersion);
    }

    [Fact]
    public async Task Request_OutOfRange_IsRefusedWithItsField()
    {
        var encryption = platform.Encryption("auth");
        var tooMuch = ByteString.CopyFrom(new byte[4_194_305]);

        await encryption.EncryptAsync(new()).AssertFieldsRefusedAsync("keyring");
        await encryption.EncryptAsync(new() { Keyring = "Mfa-Secrets" }).AssertFieldsRefusedAsync("keyring");
        await encryption.EncryptAsync(new() { Keyring = "mfa-secrets", Plaintext = tooMuch }).AssertFieldsRefusedAsync("plaintext");
        await encryption.EncryptAsync(new() { Keyring = "mfa-secrets", Context = ByteString.CopyFrom(new byte[4097]) }).AssertFieldsRefusedAsync("context");
        await encryption.DecryptAsync(new() { Keyring = "mfa-secrets" }).AssertFieldsRefusedAsync("ciphertext");
        await encryption.DecryptAsync(new() { Keyring = "mfa-secrets", Ciphertext = new string('A', 5_600_001) }).AssertFieldsRefusedAsync("ciphertext");
    }

    [Fact]
    public async Task Encrypt_InParallel_GivesCiphertextsThatAllDecrypt()
    {
        var encryption = platform.Encryption("auth");

        // Not all at once: on a busy machine their events would not be written in time, and then calls are refused, which is another promise.
        var ciphertexts = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        await Parallel.ForAsync(0, 500, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, cancellationToken) =>
        {
            var ciphertext = (await encryption.EncryptAsync(new() { Keyring = "mfa-secrets", Plaintext = ByteString.CopyFromUtf8($"{i}") }, cancellationToken: cancellationToken)).Ciphertext;
            Assert.True(ciphertexts.TryAdd(ciphertext, i));
        });

        Assert.Equal(500, ciphertexts.Count);
        await Parallel.ForEachAsync(ciphertexts, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (one, cancellationToken) => Assert.Equal(
            $"{one.Value}", (await encryption.DecryptAsync(new() { Keyring = "mfa-secrets", Ciphertext = one.Key }, cancellationToken: cancellationToken)).Plaintext.ToStringUtf8()));
    }

    // NIST SP 800-38D §8.3. The upkeep, which rotates long before, sleeps here.
    [Fact]
    public async Task Encrypt_UnderAKeyThatIsWornOut_IsRefusedUntilItIsRotated_AndDecryptionGoesOn()
    {
        var connection = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var replica = await platform.StartUnreadyReplicaAsync(connection, _ => { }, redis: null, ("Keys:UpkeepInterval", "00:10:00"));
        await replica.WaitUntilReadyAsync();
        var user = platform.Actors.SignIn("worn", "keyrings*:*");
        var (encryption, keys) = (platform.Encryption("cli", replica), platform.Keys("cli", replica));
        await keys.CreateKeyringAsync(new() { Name = "cards", Algorithm = V1.KeyAlgorithm.Aes256Gcm }, user.Metadata);
        await using var database = NpgsqlDataSource.Create(connection);
        await using var wear = database.CreateCommand("UPDATE key_versions SET messages_reserved = 4294967296 - 65536 WHERE keyring = 'cards'");
        await wear.ExecuteNonQueryAsync();
        var batch = new EncryptBatchRequest { Keyring = "cards" };
        batch.Items.AddRange(Enumerable.Range(0, 512).Select(_ => new EncryptItem { Plaintext = Secret }));

        var last = "";
        for (var spent = 0; spent < 65_536; spent += batch.Items.Count)
        {
            last = (await encryption.EncryptBatchAsync(batch, user.Metadata)).Items[0].Ciphertext;
        }

        await encryption.EncryptAsync(new() { Keyring = "cards", Plaintext = Secret }, user.Metadata).AssertRefusedAsync(ErrorReason.KeyExhausted);
        await encryption.EncryptBatchAsync(batch, user.Metadata).AssertRefusedAsync(ErrorReason.KeyExhausted);
        Assert.Equal(Secret, (await encryption.DecryptAsync(new() { Keyring = "cards", Ciphertext = last }, user.Metadata)).Plaintext);
        await keys.RotateKeyringAsync(new() { Name = "cards" }, user.Metadata);
        Assert.StartsWith("mcs1.cards.2.", (await encryption.EncryptAsync(new() { Keyring = "cards", Plaintext = Secret }, user.Metadata)).Ciphertext, StringComparison.Ordinal);
    }

    private static async Task<string> EncryptAsync(EncryptionService.EncryptionServiceClient encryption, string keyring) =>
        (await encryption.EncryptAsync(new() { Keyring = keyring, Plaintext = Secret, Context = Context })).Ciphertext;
}
