using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class ConfigurationTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    private const string Document =
        """
        {
          "name" : "weather", "Version": 1.10, "big": 123456789012345678901234567890.000, "negative": -0.0, "exponent": 1E+2,
          "database": { "host": "db", "PASSWORD": "p\u00e4ss \"quoted\" \ud83d\ude00", "port": 5432, "pool": null },
          "replicas":[{"apiKey":"k1"},{"apiKey":""},{"note":"no secret here"}],
          "client_secret":"s", "tokens": ["stays", "stays too"], "credentials": {"user": "u"},
          "key_size": 256, "monkey": "has the word in it", "disk_encrypted": true, "ünïcödé/~token": "x"
        }

        """;

    private readonly DataProtectionService.DataProtectionServiceClient protection = platform.DataProtection("cli");
    private readonly TestActor user = platform.Actors.SignIn($"ops-{RandomNumberGenerator.GetHexString(8)}", "keyrings/configuration:*");

    [Fact]
    public async Task Protect_ThenUnprotect_GivesEveryByteBack()
    {
        var protectedDocument = await ProtectAsync(Document);
        var restored = await UnprotectAsync(protectedDocument);

        Assert.Equal(Document, restored);
        Assert.NotEqual(Document, protectedDocument);
    }

    [Fact]
    public async Task Protect_SensitiveStrings_AreFlaggedAndNothingElseIs()
    {
        using var changed = JsonDocument.Parse(await ProtectAsync(Document));
        var root = changed.RootElement;

        foreach (var (parent, name) in new[]
        {
            (root.GetProperty("database"), "PASSWORD"), (root.GetProperty("replicas")[0], "apiKey"), (root.GetProperty("replicas")[1], "apiKey"),
            (root, "client_secret"), (root, "monkey"), (root, "ünïcödé/~token"),
        })
        {
            Assert.StartsWith("mcs1.configuration.1.", parent.GetProperty(name).GetString(), StringComparison.Ordinal);
            Assert.True(parent.GetProperty(name + "_encrypted").GetBoolean());
        }

        Assert.Equal("weather", root.GetProperty("name").GetString());
        Assert.Equal("stays", root.GetProperty("tokens")[0].GetString());
        Assert.Equal("123456789012345678901234567890.000", root.GetProperty("big").GetRawText());
        Assert.Equal(256, root.GetProperty("key_size").GetInt32());
        Assert.Equal("u", root.GetProperty("credentials").GetProperty("user").GetString());
        Assert.False(root.TryGetProperty("key_size_encrypted", out _));
        var recorded = await platform.Audit.FindAsync("crypto.configuration.protected", one => one.Actor?.Id == user.Actor.UserId);
        Assert.Equal((Outcome.Success, "6"), (recorded.Outcome, recorded.Attributes["items"]));
    }

    [Fact]
    public async Task Protect_WhatIsProtected_StaysAsItIs()
    {
        var once = await ProtectAsync(Document);

        Assert.Equal(once, await ProtectAsync(once));
    }

    // A value that only looks like a ciphertext is text like any other.
    [Fact]
    public async Task Protect_UnflaggedTextThatLooksLikeACiphertext_IsEncryptedAndRestored()
    {
        const string Text = """{"token":"mcs1.configuration.1.AAAA"}""";

        Assert.Equal(Text, await UnprotectAsync(await ProtectAsync(Text)));
    }

    // What another tool makes of a document: members sorted, laid out anew.
    [Fact]
    public async Task Unprotect_ReorderedAndLaidOutAnew_GivesTheSameValues()
    {
        using var changed = JsonDocument.Parse(await ProtectAsync("""{"a_key":"1","b_key":"2","c":3,"nested":{"d_key":"4"}}"""));
        var sorted = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal);
        foreach (var member in changed.RootElement.EnumerateObject())
        {
            // Flags first.
            sorted.Add(member.Name.EndsWith("_encrypted", StringComparison.Ordinal) ? $"\0{member.Name}" : member.Name, member.Value);
        }

        var laidOut = "{\n" + string.Join(",\n", sorted.Select(member => $"  {JsonSerializer.Serialize(member.Key.TrimStart('\0'))} :  {member.Value.GetRawText()}")) + "\n}";
        using var restored = JsonDocument.Parse(await UnprotectAsync(laidOut));

        Assert.Equal("""{"a_key":"1","b_key":"2","c":3,"nested":{"d_key":"4"}}""", JsonSerializer.Serialize(restored.RootElement));
    }

    [Fact]
    public async Task Unprotect_CiphertextMovedToAnotherPlace_IsRefused()
    {
        var changed = await ProtectAsync("""{"admin":{"password":"a"},"guest":{"password":"b"},"list":[{"key":"c"},{"key":"d"}]}""");
        using var parsed = JsonDocument.Parse(changed);
        var values = new[]
        {
            parsed.RootElement.GetProperty("admin").GetProperty("password").GetString()!, parsed.RootElement.GetProperty("guest").GetProperty("password").GetString()!,
            parsed.RootElement.GetProperty("list")[0].GetProperty("key").GetString()!, parsed.RootElement.GetProperty("list")[1].GetProperty("key").GetString()!,
        };

        foreach (var (one, other) in new[] { (values[0], values[1]), (values[2], values[3]), (values[0], values[2]) })
        {
            await RefusedAsync(changed.Replace(one, other, StringComparison.Ordinal));
            await RefusedAsync(changed.Replace(one, "\0", StringComparison.Ordinal).Replace(other, one, StringComparison.Ordinal).Replace("\0", other, StringComparison.Ordinal));
        }

        Task RefusedAsync(string document) => protection.UnprotectConfigurationAsync(
            new() { Keyring = "configuration", Document = ByteString.CopyFromUtf8(document) }, user.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
    }

    [Fact]
    public async Task Unprotect_InAnotherDocumentOrKeyring_IsRefused()
    {
        var all = platform.Actors.SignIn("all-keyrings", "keyrings/*:*");
        var document = (await protection.ProtectConfigurationAsync(
            new() { Keyring = "configuration", Document = ByteString.CopyFromUtf8("""{"key":"k"}"""), Context = ByteString.CopyFromUtf8("weather/production") }, all.Metadata)).Document;

        foreach (var (keyring, context) in new[] { ("configuration", "weather/test"), ("configuration", ""), ("service-tokens", "weather/production") })
        {
            await protection.UnprotectConfigurationAsync(
                new() { Keyring = keyring, Document = document, Context = ByteString.CopyFromUtf8(context) }, all.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
        }
    }

    [Theory]
    [InlineData("""{"password":"plain","password_encrypted":true}""")]
    [InlineData("""{"password_encrypted":true}""")]
    [InlineData("""{"password":5,"password_encrypted":true}""")]
    [InlineData("""{"password":null,"password_encrypted":true}""")]
    [InlineData("""{"a":{"secret_encrypted":true},"secret":"mcs1.configuration.1.AAAA"}""")]
    [InlineData("""{"password":"x","password_encrypted":false}""")]
    [InlineData("""{"password":"mcs1.configuration.1.AAAA","password_encrypted":"true"}""")]
    public async Task Document_WithAFlagThatIsNone_IsRefusedBothWays(string document) => await AssertRefusedBothWaysAsync(document);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""[{"key":"k"}]""")]
    [InlineData("5")]
    [InlineData("null")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("""{"a":1,}""")]
    [InlineData("""{"a":1 /* why */}""")]
    [InlineData("""{"a":01}""")]
    [InlineData("""{"a":NaN}""")]
    [InlineData("""{"\ud800":1}""")]
    [InlineData("\uFEFF{}")]
    [InlineData("""{"key":"a","key":"b"}""")]
    [InlineData("""{"key":"a","\u006bey":"b"}""")]
    public async Task Document_ThatIsNoJsonObject_IsRefusedBothWays(string document) => await AssertRefusedBothWaysAsync(document);

    [Fact]
    public async Task Unprotect_PlaintextThatClosesItsString_AddsNoMembers()
    {
        // Encrypt binds whatever its caller says, also what Protect would have bound to this place.
        byte[] context = [.. "mcpsecure.configuration\0"u8, 0, 0, 0, 0, .. "/password"u8];
        var forged = await platform.As<EncryptionService.EncryptionServiceClient>("cli").EncryptAsync(
            new() { Keyring = "configuration", Plaintext = ByteString.CopyFromUtf8("x\",\"role\":\"admin\",\"y\":\"z"), Context = ByteString.CopyFrom(context) }, user.Metadata);
        var document = $$"""{"password":"{{forged.Ciphertext}}","password_encrypted":true}""";

        await protection.UnprotectConfigurationAsync(
            new() { Keyring = "configuration", Document = ByteString.CopyFromUtf8(document) }, user.Metadata).AssertRefusedAsync(ErrorReason.CiphertextInvalid);
    }

    [Fact]
    public async Task Document_BeyondItsLimits_IsRefusedBothWays()
    {
        await AssertRefusedBothWaysAsync(string.Concat(Enumerable.Repeat("""{"a":""", 65)) + "1" + new string('}', 65));
        await AssertRefusedBothWaysAsync("{" + string.Join(',', Enumerable.Range(0, 1001).Select(i => $"\"key{i}\":\"\"")) + "}");
        await AssertRefusedBothWaysAsync($$"""{"{{new string('a', 1025)}}":1}""");
        await protection.ProtectConfigurationAsync(
            new() { Keyring = "configuration", Document = ByteString.CopyFrom([.. "{\"a\":\""u8, 0xC3, 0x28, .. "\"}"u8]) }, user.Metadata).AssertFieldsRefusedAsync("document");
    }

    [Fact]
    public async Task Document_AtItsLimits_IsRestored()
    {
        var deep = string.Concat(Enumerable.Repeat("""{"a":""", 63)) + """{"key":"k"}""" + new string('}', 63);
        var wide = "{" + string.Join(',', Enumerable.Range(0, 1000).Select(i => $"\"key{i}\":\"{i}\"")) + "}";

        Assert.Equal(deep, await UnprotectAsync(await ProtectAsync(deep)));
        Assert.Equal(wide, await UnprotectAsync(await ProtectAsync(wide)));
    }

    // One pass whatever stands in it: many flags before their values are the worst order.
    [Fact]
    public void Document_OfManyFlagsBeforeTheirValues_IsReadInLinearTime()
    {
        var many = Enumerable.Range(0, 20_000).ToList();
        var hostile = "{" + string.Join(',', many.Select(i => $"\"k{i}key_encrypted\":true").Concat(many.Select(i => $"\"k{i}key\":\"mcs1.k.1.AAAA\""))) + "}";
        var started = TimeProvider.System.GetTimestamp();

        Assert.False(ConfigurationDocument.TryParse(Encoding.UTF8.GetBytes(hostile), out _, out var fault));

        Assert.Contains("1000", fault, StringComparison.Ordinal);
        Assert.InRange(TimeProvider.System.GetElapsedTime(started), TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Protection_WithoutTheRight_IsRefused()
    {
        var document = ByteString.CopyFromUtf8("""{"key":"k"}""");
        var writer = platform.Actors.SignIn("writer", "keyrings/configuration:encrypt");

        var changed = await protection.ProtectConfigurationAsync(new() { Keyring = "configuration", Document = document }, writer.Metadata);

        await protection.UnprotectConfigurationAsync(new() { Keyring = "configuration", Document = changed.Document }, writer.Metadata)
            .AssertRefusedAsync(ErrorReason.PermissionDenied);
        await platform.DataProtection("webshop").ProtectConfigurationAsync(new() { Keyring = "mfa-secrets", Document = document }, platform.Actors.SignIn("all", "*:*").Metadata)
            .AssertRefusedAsync(ErrorReason.KeyringNotFound);
    }

    private async Task<string> ProtectAsync(string document) => (await protection.ProtectConfigurationAsync(
        new() { Keyring = "configuration", Document = ByteString.CopyFromUtf8(document) }, user.Metadata)).Document.ToStringUtf8();

    private async Task<string> UnprotectAsync(string document) => (await protection.UnprotectConfigurationAsync(
        new() { Keyring = "configuration", Document = ByteString.CopyFromUtf8(document) }, user.Metadata)).Document.ToStringUtf8();

    private async Task AssertRefusedBothWaysAsync(string document)
    {
        var bytes = ByteString.CopyFromUtf8(document);
        await protection.ProtectConfigurationAsync(new() { Keyring = "configuration", Document = bytes }, user.Metadata).AssertFieldsRefusedAsync("document");
        await protection.UnprotectConfigurationAsync(new() { Keyring = "configuration", Document = bytes }, user.Metadata).AssertFieldsRefusedAsync("document");
    }
}
