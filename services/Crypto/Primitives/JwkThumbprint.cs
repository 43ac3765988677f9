using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace McpSecure.Crypto;

/// <summary>Names a public key by the SHA-256 of its JWK.</summary>
internal static class JwkThumbprint
{
    /// <summary>Returns the thumbprint of an RSA key, base64url: the required members in lexicographic order, without white space.</summary>
    /// <remarks>Source: RFC 7638 §3.</remarks>
    public static string OfRsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent)
    {
        var jwk = $$"""{"e":"{{Base64Url.EncodeToString(exponent)}}","kty":"RSA","n":"{{Base64Url.EncodeToString(modulus)}}"}""";
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(jwk)));
    }
}
