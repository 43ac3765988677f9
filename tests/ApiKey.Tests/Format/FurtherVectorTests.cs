using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace McpSecure.ApiKey.Tests;

/// <summary>Holds what outlives a process to what was written once. Vectors/make_further_key_vectors.py computes it from the README alone.</summary>
public sealed class FurtherVectorTests
{
    public static TheoryData<string> Prefixed() => Read("prefixed-keys.json");

    public static TheoryData<string> Imported() => Read("imported-keys.json");

    [Theory]
    [MemberData(nameof(Prefixed))]
    public void Vector_KeyOfAnotherPrefix_IsRead(string vector)
    {
        var expected = JsonSerializer.Deserialize<Dictionary<string, string>>(vector)!;
        var pepper = new Pepper(Convert.FromHexString(expected["pepper"]));

        Assert.True(PresentedKey.TryRead(expected["text"], Workshop.Prefixes("mcp_sk_", expected["prefix"]), pepper, out var presented, out _));
        Assert.Equal(expected["id"], presented.Id.ToString());
        Assert.Equal(expected["text"], ApiKeySecret.Of(expected["prefix"], presented.RevealBody(), pepper).Reveal());
    }

    [Theory]
    [MemberData(nameof(Imported))]
    public async Task Vector_ImportedKey_IsFoundBeforeAndAfterItsFirstUseAndProven(string vector)
    {
        var expected = JsonSerializer.Deserialize<Dictionary<string, string>>(vector)!;
        var id = new ApiKeyId(Guid.Parse(expected["id"]));
        Assert.True(ImportedText.TryRead(expected["text"], out var text));
        var digest = new Pepper(Convert.FromHexString(expected["pepper"])).DigestOf(text);

        Assert.Equal(expected["digest"], digest.ToLookup().ToHex());
        Assert.True(BCrypt.Net.BCrypt.Verify(PresentedKey.Of(id, text, digest).RevealBody(), expected["kept"]));
        Assert.Equal(expected["hash"], Convert.ToHexStringLower(SHA256.HashData([.. Convert.FromHexString(expected["salt"]), .. Encoding.UTF8.GetBytes(text.Reveal())])));
        Assert.Equal(id, await FindAsync(expected, text, digest));
    }

    // By the hash, as the first use does.
    private static async Task<ApiKeyId?> FindAsync(Dictionary<string, string> expected, ImportedText text, KeyDigest digest)
    {
        using var workshop = new Workshop();
        workshop.Store.Lookups.Add(new(Convert.FromHexString(expected["hash"])), (new(Guid.Parse(expected["id"])), Convert.FromHexString(expected["salt"])));
        return await workshop.Imported.FindAsync(text, digest, CancellationToken.None);
    }

    private static TheoryData<string> Read(string file) =>
        [.. JsonSerializer.Deserialize<JsonElement[]>(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Vectors", file)))!.Select(vector => vector.GetRawText())];
}
