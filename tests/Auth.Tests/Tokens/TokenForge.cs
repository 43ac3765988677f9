using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.Options;

namespace McpSecure.Auth.Tests;

/// <summary>Makes tokens as we do, and with one thing wrong as attackers do.</summary>
internal sealed class TokenForge
{
    public const string Issuer = "https://auth.mcpsecure.local";
    public const string Audience = "https://mcpsecure.local";

    public FakeClock Clock { get; } = new();

    // Shared: making a key takes longer than most tests.
    public static RSA Key { get; } = RSA.Create(2048);

    public static RSA OtherKey { get; } = RSA.Create(2048);

    public static SigningKeySet Keys => SigningKeySet.From([Public("kid-1", Key, 1, active: true), Public("kid-2", OtherKey, 2, active: false)]);

    public AccessTokenReader Reader => new(Format(), Clock);

    public static AccessTokenFormat Format() => new(Options.Create(new TokenOptions()), TestPki.TrustDomain);

    public static JsonObject Header() => new() { ["alg"] = "RS256", ["typ"] = "at+jwt", ["kid"] = "kid-1" };

    public JsonObject Claims()
    {
        var now = Clock.GetUtcNow().ToUnixTimeSeconds();
        return new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = Audience,
            ["sub"] = "01980000-0000-7000-8000-000000000001",
            ["client_id"] = "cli",
            ["iat"] = now,
            ["nbf"] = now,
            ["exp"] = now + 900,
            ["jti"] = "01980000-0000-7000-8000-000000000002",
            ["sid"] = "01980000-0000-7000-8000-000000000003",
            ["auth_time"] = now,
            ["amr"] = new JsonArray("pwd"),
            ["username"] = "alice",
            ["roles"] = new JsonArray("developer"),
        };
    }

    public static string Sign(JsonObject header, JsonObject claims, RSA? key = null) =>
        Seal(header, claims, input => (key ?? Key).SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));

    public static string Seal(JsonObject header, JsonObject claims, Func<byte[], byte[]> sign)
    {
        var input = $"{Encode(header)}.{Encode(claims)}";
        return $"{input}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(input)))}";
    }

    public Task<TokenReading> ReadAsync(string token) => Reader.ReadAsync(token, Keys);

    public static PublicKey Public(string keyId, RSA rsa, int version, bool active)
    {
        var parameters = rsa.ExportParameters(includePrivateParameters: false);
        return new PublicKey
        {
            Version = version,
            KeyId = keyId,
            Algorithm = "RS256",
            Modulus = ByteString.CopyFrom(parameters.Modulus),
            Exponent = ByteString.CopyFrom(parameters.Exponent),
            Active = active,
        };
    }

    private static string Encode(JsonObject json) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(json.ToJsonString()));
}
