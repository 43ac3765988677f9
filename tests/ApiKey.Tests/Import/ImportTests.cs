using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;
using McpSecure.Common.V1;
using McpSecure.Testing;

namespace McpSecure.ApiKey.Tests;

public sealed class ImportTests(ApiKeyPlatform platform) : IClassFixture<ApiKeyPlatform>, IAsyncLifetime
{
    private static readonly ByteString Salt = ByteString.CopyFromUtf8("a platform's salt");

    private readonly Guid admin = platform.NewUser();
    private readonly Guid owner = platform.NewUser();
    private readonly string text = NewText();
    private KeyRights rights = null!;

    public async Task InitializeAsync()
    {
        await platform.ExecuteAsync("DELETE FROM api_keys; DELETE FROM import_salts");
        rights = KeyRights.Administrator(platform, admin);
    }

    public Task DisposeAsync()
    {
        rights.Dispose();
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Import_Key_WorksOnBothReplicasAndLosesItsOldHashAtItsFirstUse()
    {
        var answer = await ImportAsync(Item(text));

        var id = Assert.Single(answer.Results).ApiKeyId;
        var valid = await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = text, RequiredScopes = { "mcp:read" } });
        Assert.Equal((id, $"{owner}"), (valid.ApiKeyId, valid.OwnerId));
        Assert.Equal(0L, await platform.ExecuteAsync($"SELECT count(*) FROM api_keys WHERE encode(lookup, 'hex') = '{Hash(Salt, text)}' OR import_salt IS NOT NULL"));
        Assert.StartsWith("$2", (string)(await platform.ExecuteAsync($"SELECT secret_hash FROM api_keys WHERE id = '{id}'"))!, StringComparison.Ordinal);
        Assert.Equal(id, (await platform.As("webshop", platform.Second).ValidateApiKeyAsync(new() { Secret = text })).ApiKeyId);
        await platform.AuditLog.FindAsync(Events.KeyImported, told => told.Resource == $"api-keys/{id}" && told.Actor.Id == $"{admin}");
        await platform.AuditLog.FindAsync(Events.KeyRehashed, told => told.Resource == $"api-keys/{id}" && told.Attributes["before"] == "sha-256");
    }

    [Fact]
    public async Task Import_Key_IsListedRevokedAndRotatedAsOthers()
    {
        var (first, second) = ((await ImportAsync(Item(text))).Results[0].ApiKeyId, (await ImportAsync(Item(NewText()))).Results[0].ApiKeyId);
        var (cli, token) = (platform.As("cli"), platform.Auth.SignIn(owner));

        Assert.All((await cli.ListApiKeysAsync(new(), token)).ApiKeys, key => Assert.Equal("mlcp_", key.DisplayPrefix));
        var rotated = await cli.RotateApiKeyAsync(new() { ApiKeyId = second, RequestId = second }, token);
        await cli.RevokeApiKeyAsync(new() { ApiKeyId = first }, token);

        Assert.StartsWith("mcp_sk_", rotated.Secret, StringComparison.Ordinal);
        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = text }).AssertRefusedAsync(ErrorReason.ApiKeyInvalid);
    }

    [Fact]
    public async Task Import_Again_StaysAsItWas()
    {
        var first = Assert.Single((await ImportAsync(Item(text))).Results);
        await platform.As("cli").RevokeApiKeyAsync(new() { ApiKeyId = first.ApiKeyId }, platform.Auth.SignIn(owner));

        var again = await ImportAsync(Item(text), Item(text));

        Assert.All(again.Results, result => Assert.Equal((first.ApiKeyId, true), (result.ApiKeyId, result.Existed)));
        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = text }).AssertRefusedAsync(ErrorReason.ApiKeyInvalid);
    }

    /// <summary>Once a key is used its old hash is gone, so that an import does not know it again: its own row still comes first.</summary>
    [Fact]
    public async Task Attack_ReplayOfAnImport_AfterTheFirstUse_RaisesNoRevokedKey()
    {
        var first = Assert.Single((await ImportAsync(Item(text))).Results);
        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = text });
        await platform.As("cli").RevokeApiKeyAsync(new() { ApiKeyId = first.ApiKeyId }, platform.Auth.SignIn(owner));

        await ImportAsync(Item(text));

        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = text }).AssertRefusedAsync(ErrorReason.ApiKeyInvalid);
        await platform.As("webshop", await platform.StartReplicaAsync()).ValidateApiKeyAsync(new() { Secret = text }).AssertRefusedAsync(ErrorReason.ApiKeyInvalid);
    }

    [Fact]
    public async Task Import_ManySalts_AreEachTriedAndAtMostEightAreInUse()
    {
        var salts = Enumerable.Range(0, 8).Select(i => ByteString.CopyFromUtf8($"salt {i}")).ToArray();
        var request = new ImportApiKeysRequest { Salts = { salts } };
        var texts = salts.Select(_ => NewText()).ToArray();
        request.ApiKeys.AddRange(texts.Select((one, i) => Item(one, salts[i], i, platform.NewUser())));
        await ImportAsync(request);

        var refused = await platform.As("cli").ImportApiKeysAsync(Request(Item(text)), Admin).AssertRefusedAsync(ErrorReason.ApiKeyLimitReached);
        Assert.Equal("salts", refused.Metadata["whose"]);
        Assert.All(await Task.WhenAll(texts.Select(async one => await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = one }))), Assert.NotNull);

        // All are used: their salts make room.
        await ImportAsync(Item(text));
        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = text });
    }

    [Fact]
    public async Task Import_SaltOfKeysThatHaveEnded_MakesRoomAndRaisesNone()
    {
        var salts = Enumerable.Range(0, 8).Select(i => ByteString.CopyFromUtf8($"salt {i}")).ToArray();
        var items = salts.Select((salt, i) => Item(NewText(), salt, i, platform.NewUser())).ToArray();
        var old = Item(NewText(), salts[3], 0, owner);
        items[3] = new(old) { SaltIndex = 3 };
        var made = await ImportAsync(new ImportApiKeysRequest { Salts = { salts }, ApiKeys = { items } });
        await platform.As("cli").ImportApiKeysAsync(Request(Item(text)), Admin).AssertRefusedAsync(ErrorReason.ApiKeyLimitReached);

        await platform.As("cli").RevokeApiKeyAsync(new() { ApiKeyId = made.Results[3].ApiKeyId }, Admin);
        await ImportAsync(Item(text));

        Assert.NotNull(await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = text }));
        var again = await ImportAsync(new ImportApiKeysRequest { Salts = { salts[3] }, ApiKeys = { old } });
        Assert.Equal((made.Results[3].ApiKeyId, true), (again.Results[0].ApiKeyId, again.Results[0].Existed));
    }

    [Fact]
    public async Task Import_OneTextWithTwoSalts_IsOneKeyOnEveryReplica()
    {
        var (first, second) = (Salt, ByteString.CopyFromUtf8("another salt"));
        var made = await ImportAsync(new ImportApiKeysRequest
        {
            Salts = { first, second },
            ApiKeys = { Item(text, second, 1, platform.NewUser()), Item(text, first, 0, platform.NewUser()) },
        });

        var answers = await Task.WhenAll(new[] { platform.First, platform.Second }.Select(
            async replica => (await platform.As("webshop", replica).ValidateApiKeyAsync(new() { Secret = text })).ApiKeyId));

        Assert.Equal(made.Results.Select(one => one.ApiKeyId).Order(StringComparer.Ordinal).First(), Assert.Single(answers.Distinct()));
    }

    [Fact]
    public async Task Import_OneOverTheLimit_AddsNone()
    {
        var refused = await platform.As("cli").ImportApiKeysAsync(Request([.. Enumerable.Range(0, 4).Select(_ => Item(NewText()))]), Admin)
            .AssertRefusedAsync(ErrorReason.ApiKeyLimitReached);

        Assert.Equal(("owner", $"{owner}"), (refused.Metadata["whose"], refused.Metadata["id"]));
        Assert.Equal(0L, await platform.ExecuteAsync("SELECT count(*) FROM api_keys"));
    }

    [Fact]
    public async Task Import_OutOfForm_AddsNone()
    {
        var good = Item(NewText());

        await RefusedAsync(new ImportedApiKey(Item(text)) { Hash = "x" }, "api_keys[1].hash");
        await RefusedAsync(new ImportedApiKey(Item(text)) { Hash = Item(text).Hash.ToUpperInvariant() }, "api_keys[1].hash");
        await RefusedAsync(new ImportedApiKey(Item(text)) { SaltIndex = 1 }, "api_keys[1].salt_index");
        await RefusedAsync(new ImportedApiKey(Item(text)) { Name = "l\u0430ptop" }, "api_keys[1].name");
        await RefusedAsync(new ImportedApiKey(Item(text)) { ExpiresAt = Timestamp.FromDateTimeOffset(platform.Clock.GetUtcNow().AddDays(-1)) }, "api_keys[1].expires_at");
        await RefusedAsync(new ImportedApiKey(Item(text)) { AllowedNetworks = { "10.0.0.1/8" } }, "api_keys[1].allowed_networks[0]");
        await platform.As("cli").ImportApiKeysAsync(new() { Salts = { Salt, Salt }, ApiKeys = { good } }, Admin).AssertFieldsRefusedAsync("salts");
        await platform.As("cli").ImportApiKeysAsync(new() { Salts = { Enumerable.Range(0, 9).Select(i => ByteString.CopyFromUtf8($"{i}")) }, ApiKeys = { good } }, Admin)
            .AssertFieldsRefusedAsync("salts");

        Assert.Equal(0L, await platform.ExecuteAsync("SELECT count(*) FROM api_keys"));

        Task RefusedAsync(ImportedApiKey bad, string field) => platform.As("cli").ImportApiKeysAsync(Request(good, bad), Admin).AssertFieldsRefusedAsync(field);
    }

    [Fact]
    public async Task Import_ByOthers_IsRefused()
    {
        var cli = platform.As("cli");

        await cli.ImportApiKeysAsync(Request(Item(text)), platform.Auth.SignIn(owner)).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await cli.ImportApiKeysAsync(Request(Item(text)), platform.Auth.SignIn(admin, platform.Clock.GetUtcNow(), ["pwd"])).AssertRefusedAsync(ErrorReason.StepUpRequired);
        await cli.ImportApiKeysAsync(Request(Item(text)), platform.Auth.SignIn(admin, "user:token")).AssertRefusedAsync(ErrorReason.GrantExceedsGrantor);

        await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = text }).AssertRefusedAsync(ErrorReason.ApiKeyInvalid);
    }

    /// <summary>Nobody finds out more about a text of before than about any other.</summary>
    [Fact]
    public async Task Attack_UnknownAgainstWrong_ImportedTextsReadAsAnyInvalidKey()
    {
        await ImportAsync(Item(text));
        var refusals = new List<string>();
        foreach (var wrong in new[] { "x", NewText(), text[..^1], "mlcp_" + text })
        {
            var refused = await platform.As("webshop").ValidateApiKeyAsync(new() { Secret = wrong }).AssertRefusedAsync(ErrorReason.ApiKeyInvalid);
            refusals.Add($"{refused.Status} {refused.Message} {string.Join(',', refused.Metadata.Keys)}");
        }

        Assert.Single(refusals.Distinct());
    }

    private Grpc.Core.Metadata Admin => platform.Auth.SignIn(admin);

    private Task<ImportApiKeysResponse> ImportAsync(params ImportedApiKey[] items) => ImportAsync(Request(items));

    private async Task<ImportApiKeysResponse> ImportAsync(ImportApiKeysRequest request) => await platform.As("cli").ImportApiKeysAsync(request, Admin);

    private static ImportApiKeysRequest Request(params ImportedApiKey[] items) => new() { Salts = { Salt }, ApiKeys = { items } };

    private ImportedApiKey Item(string key) => Item(key, Salt, 0, owner);

    private static ImportedApiKey Item(string key, ByteString salt, int index, Guid whose) =>
        new() { Hash = Hash(salt, key), SaltIndex = index, OwnerId = $"{whose}", Name = "of before", Scopes = { "mcp:read" } };

    private static string Hash(ByteString salt, string key) => Convert.ToHexStringLower(SHA256.HashData([.. salt.Span, .. Encoding.UTF8.GetBytes(key)]));

    private static string NewText() => "mlcp_" + Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).Replace('+', '-').Replace('/', '_');
}
