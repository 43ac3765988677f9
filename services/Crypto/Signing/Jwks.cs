using System.Buffers.Text;
using System.Text.Json.Nodes;

namespace McpSecure.Crypto;

/// <summary>Writes public keys as a JWK Set.</summary>
internal static class Jwks
{
    /// <summary>Returns the set as JSON, keys in the given order, each with its id, use and algorithm.</summary>
    /// <remarks>Source: RFC 7517 §4 and §5, RFC 7518 §6.2.1 and §6.3.1.</remarks>
    public static string Write(IEnumerable<PublicKeyParameters> keys) =>
        new JsonObject { ["keys"] = new JsonArray([.. keys.Select(key => (JsonNode)Jwk(key))]) }.ToJsonString();

    private static JsonObject Jwk(PublicKeyParameters key)
    {
        var jwk = new JsonObject { ["use"] = "sig", ["alg"] = key.Algorithm, ["kid"] = key.KeyId };
        switch (key)
        {
            case PublicKeyParameters.Rsa rsa:
                jwk["kty"] = "RSA";
                jwk["n"] = Base64Url.EncodeToString(rsa.Modulus);
                jwk["e"] = Base64Url.EncodeToString(rsa.Exponent);
                break;
            case PublicKeyParameters.P256 point:
                jwk["kty"] = "EC";
                jwk["crv"] = "P-256";
                jwk["x"] = Base64Url.EncodeToString(point.X);
                jwk["y"] = Base64Url.EncodeToString(point.Y);
                break;
        }

        return jwk;
    }
}
