using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace McpSecure.Crypto;

/// <summary>Names a public key by the SHA-256 of its JWK.</summary>
internal static class JwkThumbprint
{
    /// <summary>Returns the thumbprint of an RSA key, base64url: the required members in lexicographic order, without white space.</summary>
    /// <remarks>Source: RFC 7638 §3.</remarks>
    public static string OfRsa(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent) =>
        Of($$"""{"e":"{{Base64Url.EncodeToString(exponent)}}","kty":"RSA","n":"{{Base64Url.EncodeToString(modulus)}}"}""");

    /// <summary>Returns the thumbprint of a key on P-256, base64url; otherwise as <see cref="OfRsa"/>.</summary>
    public static string OfP256(ReadOnlySpan<byte> x, ReadOnlySpan<byte> y) =>
        Of($$"""{"crv":"P-256","kty":"EC","x":"{{Base64Url.EncodeToString(x)}}","y":"{{Base64Url.EncodeToString(y)}}"}""");

    private static string Of(string jwk) => Base64Url.EncodeToString(SHA256.HashData(Encoding.UTF8.GetBytes(jwk)));
}
