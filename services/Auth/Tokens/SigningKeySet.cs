using System.Buffers.Text;
using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using McpSecure.Crypto.V1;
using Microsoft.IdentityModel.Tokens;

namespace McpSecure.Auth;

/// <summary>Holds the public keys that verify access tokens, as Crypto listed them.</summary>
internal sealed class SigningKeySet
{
    private readonly FrozenDictionary<string, RsaSecurityKey> byKeyId;

    private SigningKeySet(ImmutableArray<PublicKey> listed)
    {
        byKeyId = listed.ToFrozenDictionary(
            key => key.KeyId,
            key => new RsaSecurityKey(new RSAParameters { Modulus = key.Modulus.ToByteArray(), Exponent = key.Exponent.ToByteArray() }) { KeyId = key.KeyId },
            StringComparer.Ordinal);
        Active = listed.LastOrDefault(key => key.Active) is { } active ? new SigningKey(active.KeyId, active.Version) : null;
        Jwks = Write(listed);
    }

    /// <summary>Gets the key that signs now, or null where there is none.</summary>
    public SigningKey? Active { get; }

    /// <summary>Gets the keys as a JWK Set (RFC 7517 §5): every one of them, so that tokens of before a rotation go on being verified.</summary>
    public string Jwks { get; }

    /// <summary>Takes the keys that Crypto lists; those of another algorithm than RS256 are not ours.</summary>
    public static SigningKeySet From(IEnumerable<PublicKey> keys) => new([.. keys.Where(key => key.Algorithm == SecurityAlgorithms.RsaSha256)]);

    /// <summary>Finds the key of an id, or null.</summary>
    public RsaSecurityKey? Find(string keyId) => byKeyId.GetValueOrDefault(keyId);

    private static string Write(ImmutableArray<PublicKey> keys) => new JsonObject
    {
        ["keys"] = new JsonArray([.. keys.Select(key => (JsonNode)new JsonObject
        {
            // RFC 7517 §4, RFC 7518 §6.3.1.
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["alg"] = key.Algorithm,
            ["kid"] = key.KeyId,
            ["n"] = Base64Url.EncodeToString(key.Modulus.Span),
            ["e"] = Base64Url.EncodeToString(key.Exponent.Span),
        })]),
    }.ToJsonString();
}

/// <summary>Names a key that signs.</summary>
/// <param name="KeyId">The id that goes into the header of what it signs (<c>kid</c>).</param>
/// <param name="Version">The version of the keyring, as Crypto counts.</param>
internal sealed record SigningKey(string KeyId, int Version);
