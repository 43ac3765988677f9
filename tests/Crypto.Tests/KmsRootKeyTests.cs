using System.Runtime.Versioning;
using Google.Protobuf;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class KmsRootKeyTests : IAsyncLifetime
{
    private const string Arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";

    private static readonly Guid Id = Guid.Parse("01942f6e-7a5b-7c3d-9e8f-0123456789ab");
    private static readonly byte[] Label = WrappedKey.KeyEncryptionKeyLabel(Id);

    private readonly SecretBytes key = SecretBytes.Random(32);
    private FakeKms kms = null!;

    public async Task InitializeAsync() => kms = await FakeKms.StartAsync();

    public async Task DisposeAsync()
    {
        key.Dispose();
        await kms.DisposeAsync();
    }

    [Fact]
    public async Task Unwrap_WhatWasWrapped_GivesItBack_BoundToAContextThatCloudTrailShows()
    {
        using var root = new KmsRootKey(Arn, kms.Address);

        var wrapped = await root.WrapAsync(key, Label, CancellationToken.None);
        using var unwrapped = await root.UnwrapAsync(wrapped, Label, CancellationToken.None);

        Assert.Equal(key.Reveal(), unwrapped!.Reveal());
        Assert.Equal($"aws-kms:{Arn}", root.Id);
        Assert.Equal(2, wrapped[0]);
        Assert.Equal(["TrentService.Encrypt", "TrentService.Decrypt"], kms.Calls.Select(call => call.Operation));
        Assert.All(kms.Calls, call => Assert.Equal(
            (Arn, $"mcpsecure.crypto.v1/key-encryption-key/{Id}"), ((string)call.Request["KeyId"]!, (string)call.Request["EncryptionContext"]!["mcpsecure"]!)));
    }

    [Fact]
    public async Task Unwrap_UnderAnotherLabelOrKeyOrChanged_GivesNothing()
    {
        using var root = new KmsRootKey(Arn, kms.Address);
        using var other = new KmsRootKey(Arn.Replace("1234abcd", "5678abcd", StringComparison.Ordinal), kms.Address);
        var wrapped = await root.WrapAsync(key, Label, CancellationToken.None);
        var changed = (byte[])wrapped.Clone();
        changed[^1] ^= 1;

        Assert.Null(await root.UnwrapAsync(wrapped, WrappedKey.KeyEncryptionKeyLabel(Guid.Empty), CancellationToken.None));
        Assert.Null(await other.UnwrapAsync(wrapped, Label, CancellationToken.None));
        Assert.Null(await root.UnwrapAsync(changed, Label, CancellationToken.None));
        Assert.Null(await root.UnwrapAsync([1, .. wrapped.AsSpan(1)], Label, CancellationToken.None));
        Assert.Null(await root.UnwrapAsync([], Label, CancellationToken.None));
    }

    [Fact]
    public async Task Wrap_WhileKmsThrottles_IsTriedAgain()
    {
        using var root = new KmsRootKey(Arn, kms.Address);
        kms.Errors.Enqueue("ThrottlingException");
        kms.Errors.Enqueue("ThrottlingException");

        await root.WrapAsync(key, Label, CancellationToken.None);

        Assert.Equal(3, kms.Calls.Count);
    }

    [Theory]
    [InlineData("ThrottlingException", "AWS KMS does not do it now (ThrottlingException, HTTP 400); it is tried again.")]
    [InlineData("AccessDeniedException", $"AWS KMS does not let this service use {Arn}: its policy must allow kms:Encrypt and kms:Decrypt to these credentials.")]
    [InlineData("DisabledException", $"The root key aws-kms:{Arn} is disabled or waits for deletion in AWS KMS: enable it there.")]
    [InlineData("KMSInvalidStateException", $"The root key aws-kms:{Arn} is disabled or waits for deletion in AWS KMS: enable it there.")]
    [InlineData("NotFoundException", $"AWS KMS knows no key {Arn}.")]
    public async Task Call_ThatKmsRefuses_SaysWhatToDo(string error, string sentence)
    {
        using var root = new KmsRootKey(Arn, kms.Address);
        var wrapped = await root.WrapAsync(key, Label, CancellationToken.None);
        kms.Error = error;

        Assert.Equal(sentence, (await Assert.ThrowsAsync<RootKeyException>(() => root.WrapAsync(key, Label, CancellationToken.None))).Message);
        Assert.Equal(sentence, (await Assert.ThrowsAsync<RootKeyException>(() => root.UnwrapAsync(wrapped, Label, CancellationToken.None))).Message);
    }

    [Fact]
    public async Task Call_WhileKmsIsAway_IsRefusedWithoutACrash()
    {
        using var root = new KmsRootKey(Arn, new Uri("http://127.0.0.1:1"));

        var refusal = await Assert.ThrowsAsync<RootKeyException>(() => root.WrapAsync(key, Label, CancellationToken.None));

        Assert.StartsWith("AWS KMS ", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "", "is not set")]
    [InlineData("/root.key", Arn, "and AwsKmsKey are both set")]
    [InlineData("", "arn:aws:kms:eu-central-1:111122223333:alias/root", "is not the ARN of a key")]
    [InlineData("", "1234abcd-12ab-34cd-56ef-1234567890ab", "is not the ARN of a key")]
    public void Options_ThatNameNoOneRootKey_AreRefused(string file, string arn, string fault) =>
        Assert.Contains(fault, new RootKeySource { File = file, AwsKmsKey = arn }.Fault(), StringComparison.Ordinal);

    // From a file to KMS, and through an outage of it: replicas that run do not need it.
    [Fact]
    public async Task RootKey_MovedFromAFileToKms_KeepsEverythingReadable()
    {
        var platform = new CryptoPlatform();
        await platform.InitializeAsync();
        try
        {
            var ciphertext = (await platform.Encryption("auth").EncryptAsync(new() { Keyring = "mfa-secrets", Plaintext = ByteString.CopyFromUtf8("x") })).Ciphertext;
            (string, string)[] kmsRoot = [("RootKey:File", ""), ("RootKey:AwsKmsKey", Arn), ("RootKey:AwsKmsEndpoint", kms.Address.ToString())];

            await platform.StartReplicaAsync([.. kmsRoot, ("RootKey:Previous:File", platform.RootKeyFile)]);
            var replica = await platform.StartReplicaAsync(kmsRoot);
            kms.Error = "KMSInvalidStateException";

            Assert.Equal("x", (await platform.Encryption("auth", replica).DecryptAsync(new() { Keyring = "mfa-secrets", Ciphertext = ciphertext })).Plaintext.ToStringUtf8());
            Assert.Equal(1, await platform.CountAsync($"SELECT count(*) FROM key_encryption_keys WHERE root_key = 'aws-kms:{Arn}' AND get_byte(wrapped, 0) = 2"));
            var log = new LogCapture();
            var late = await platform.StartUnreadyReplicaAsync(platform.ConnectionString, services => services.AddSingleton<ILoggerProvider>(log), redis: null, kmsRoot);
            Assert.Contains("enable it there", await log.FindAsync("The keys stay closed: "), StringComparison.Ordinal);

            kms.Error = null;
            await late.WaitUntilReadyAsync();
        }
        finally
        {
            await platform.DisposeAsync();
        }
    }
}
