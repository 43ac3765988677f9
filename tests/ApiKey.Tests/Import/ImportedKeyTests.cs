using System.Security.Cryptography;
using System.Text;
using McpSecure.Audit.V1;

namespace McpSecure.ApiKey.Tests;

public sealed class ImportedKeyTests : IDisposable
{
    // As Python's secrets.token_bytes and base64.urlsafe_b64encode write it, padding included.
    private const string Text = "mlcp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private static readonly byte[] Salt = "a platform's salt"u8.ToArray();

    private readonly Workshop workshop = new();

    [Fact]
    public async Task Verify_FirstUse_IsValidAndHashedAnew()
    {
        var id = await ImportAsync(Text);

        Assert.Equal(id, Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(Text)).Key.Record.Id);

        var kept = await workshop.Store.FindAsync(id, CancellationToken.None);
        Assert.StartsWith("$2", kept!.SecretHash.Text, StringComparison.Ordinal);
        var (lookup, found) = Assert.Single(workshop.Store.Lookups);
        Assert.Null(found.Salt);
        Assert.NotEqual(Hash(Salt, Text), lookup);
        Assert.Single(workshop.Store.Events, told => told.Action == Events.KeyRehashed);
    }

    [Fact]
    public async Task Attack_NeighbourFloodsTheSameAddress_AnImportedKeyInUseThereGoesOn()
    {
        await ImportAsync(Text);
        Assert.True(ClientAddress.TryParse("192.0.2.66", out var address));
        for (var i = 0; i < 3; i++)
        {
            Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(new KeyQuestion(Text, [], address)));
        }

        for (var i = 0; i < 30; i++)
        {
            await workshop.VerifyAsync(new KeyQuestion("x", [], address));
        }

        Assert.IsType<VerifyResult.LockedOut>(await workshop.VerifyAsync(new KeyQuestion("x", [], address)));
        Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(new KeyQuestion(Text, [], address)));
    }

    [Fact]
    public async Task Verify_LaterUses_AreValidOnEveryReplicaAndReadNothingWhenWarm()
    {
        var id = await ImportAsync(Text);
        await workshop.VerifyAsync(Text);
        using var another = new Workshop(store: workshop.Store);

        Assert.Equal(id, Assert.IsType<VerifyResult.Valid>(await another.VerifyAsync(Text)).Key.Record.Id);
        Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(Text));
        var hashes = workshop.Hashes.Value;
        Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(Text));
        Assert.Equal(hashes, workshop.Hashes.Value);
    }

    [Fact]
    public async Task Verify_FirstUseManyTimesAtOnce_IsHashedOnce()
    {
        await ImportAsync(Text);

        var results = await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => Task.Run(() => workshop.VerifyAsync(Text))));

        Assert.All(results, result => Assert.IsType<VerifyResult.Valid>(result));
        Assert.Single(workshop.Store.Events, told => told.Action == Events.KeyRehashed);
    }

    [Theory]
    [InlineData("mlcp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")] // without the padding: another text
    [InlineData("mlcp_BAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    public async Task Verify_AnotherText_IsInvalidWithoutBcrypt(string text)
    {
        await ImportAsync(Text);
        var hashes = workshop.Hashes.Value;

        Assert.Equal(InvalidBecause.Unknown, Assert.IsType<VerifyResult.Invalid>(await workshop.VerifyAsync(text)).Why);
        Assert.Equal(hashes, workshop.Hashes.Value);
    }

    [Theory]
    [InlineData("mlcp_")]
    [InlineData("mlcp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8==")]
    [InlineData("mlcp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh/=")]
    [InlineData("MLCP_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=")]
    [InlineData("mlcp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh\u00e9=")]
    public async Task Verify_OtherForm_IsRefusedWithoutAnyRead(string text)
    {
        await ImportAsync(Text);
        var reads = workshop.Store.Reads;

        Assert.Equal(InvalidBecause.Unreadable, Assert.IsType<VerifyResult.Invalid>(await workshop.VerifyAsync(text)).Why);
        Assert.Equal(reads, workshop.Store.Reads);
    }

    [Fact]
    public async Task Verify_NothingImported_LooksForNothing()
    {
        Assert.Equal(InvalidBecause.Unknown, Assert.IsType<VerifyResult.Invalid>(await workshop.VerifyAsync(Text)).Why);
        Assert.Equal(0, workshop.Store.Reads);
    }

    [Fact]
    public async Task Verify_RevokedBeforeItsFirstUse_IsInvalid()
    {
        var id = await ImportAsync(Text);
        await workshop.Revocation.RevokeAsync(RowScope.OfOwner(Workshop.Owner), id, new AuditEvent(), CancellationToken.None);

        Assert.Equal(InvalidBecause.Revoked, Assert.IsType<VerifyResult.Invalid>(await workshop.VerifyAsync(Text)).Why);
    }

    /// <summary>Whoever stole the pepper can write a text of our own form with the id; there is no hash yet that it could be right for.</summary>
    [Fact]
    public async Task Attack_ForgedChecksum_OfAnImportedKeysId_IsInvalid()
    {
        var id = await ImportAsync(Text);

        Assert.Equal(InvalidBecause.SecretWrong, Assert.IsType<VerifyResult.Invalid>(await workshop.VerifyAsync(workshop.WrongSecretFor(id))).Why);
    }

    /// <summary>bcrypt reads 72 bytes: what stands behind them would not count.</summary>
    [Fact]
    public void Body_OfALongestText_IsWithinWhatBcryptReads()
    {
        Assert.True(ImportedText.TryRead(Text, out var imported));
        Assert.InRange(imported.RevealBody(new ApiKeyId(Guid.Empty)).Length, 1, 72);
        Assert.Equal(ImportedText.MaxLength, Text.Length);
        Assert.Equal("ImportedText", $"{imported}");
    }

    public void Dispose() => workshop.Dispose();

    private async Task<ApiKeyId> ImportAsync(string text)
    {
        var now = workshop.Clock.GetUtcNow();
        var key = new ApiKeyRecord(ApiKeyId.New(now), Workshop.Owner, "of before", ["mcp:read"], SecretHash.Imported, now, ExpiresAt: null, RevokedAt: null)
        {
            Prefix = ImportedText.Prefix,
        };
        await workshop.Store.AddAsync(key, new(9, 9), new AuditEvent(), CancellationToken.None);
        workshop.Store.Lookups.Add(Hash(Salt, text), (key.Id, Salt));
        return key.Id;
    }

    private static KeyLookup Hash(byte[] salt, string text) => new(SHA256.HashData([.. salt, .. Encoding.UTF8.GetBytes(text)]));
}
