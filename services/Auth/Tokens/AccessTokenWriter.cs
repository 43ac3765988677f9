using System.Buffers;
using System.Buffers.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace McpSecure.Auth;

/// <summary>Writes access tokens: JSON Web Tokens (RFC 7519) of the profile of RFC 9068, in the compact form of RFC 7515 §7.1.</summary>
internal static class AccessTokenWriter
{
    // A token is no part of a page: what HTML would need escaped ("at+jwt") stays as everybody writes it.
    private static readonly JsonWriterOptions AsItIs = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes what is to be signed: header, dot, claims.</summary>
    public static string SigningInput(AccessToken token, AccessTokenFormat format, string keyId) =>
        $"{Encode(json => WriteHeader(json, keyId))}.{Encode(json => WriteClaims(json, token, format))}";

    /// <summary>Puts the signature to what was signed.</summary>
    public static SignedToken Seal(string signingInput, ReadOnlySpan<byte> signature, AccessToken token) =>
        new($"{signingInput}.{Base64Url.EncodeToString(signature)}", token);

    private static void WriteHeader(Utf8JsonWriter json, string keyId)
    {
        json.WriteString("alg", "RS256");
        json.WriteString("typ", AccessTokenFormat.Type);
        json.WriteString("kid", keyId);
    }

    private static void WriteClaims(Utf8JsonWriter json, AccessToken token, AccessTokenFormat format)
    {
        json.WriteString("iss", format.Issuer);
        json.WriteString("aud", format.Audience);
        json.WriteString("sub", token.UserId);
        json.WriteString("client_id", token.ClientId);
        json.WriteNumber("iat", token.IssuedAt.ToUnixTimeSeconds());
        json.WriteNumber("nbf", token.IssuedAt.ToUnixTimeSeconds());
        json.WriteNumber("exp", token.ExpiresAt.ToUnixTimeSeconds());
        json.WriteString("jti", token.TokenId);
        json.WriteString("sid", token.SessionId);
        json.WriteNumber("auth_time", token.AuthenticatedAt.ToUnixTimeSeconds());
        WriteList(json, "amr", token.Methods);
        json.WriteString("username", token.Username);
        if (token.Email is not null)
        {
            json.WriteString("email", token.Email);
        }

        WriteList(json, "roles", token.Roles);
        if (token.Scopes.Count > 0)
        {
            // RFC 8693 §4.2: one string, parted by spaces. Absent: not narrowed.
            json.WriteString("scope", string.Join(' ', token.Scopes));
        }
    }

    private static void WriteList(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
        {
            json.WriteStringValue(value);
        }

        json.WriteEndArray();
    }

    private static string Encode(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, AsItIs))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Base64Url.EncodeToString(buffer.WrittenSpan);
    }
}
