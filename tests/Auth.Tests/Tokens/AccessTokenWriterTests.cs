using System.Buffers.Text;
using System.Text;

namespace McpSecure.Auth.Tests;

public sealed class AccessTokenWriterTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly AccessToken Token = new(
        Guid.Parse("01980000-0000-7000-8000-000000000001"),
        Guid.Parse("01980000-0000-7000-8000-000000000002"),
        Guid.Parse("01980000-0000-7000-8000-000000000003"),
        "alice",
        "alice+work@example.org",
        "cli",
        ["admin", "viewer"],
        [],
        ["pwd", "otp", "mfa"],
        Time,
        Time,
        Time.AddMinutes(15));

    [Fact]
    public void SigningInput_OfAToken_IsAsRfc9068Says()
    {
        var parts = AccessTokenWriter.SigningInput(Token, TokenForge.Format(), "kid-1").Split('.');

        Assert.Equal("""{"alg":"RS256","typ":"at+jwt","kid":"kid-1"}""", Decode(parts[0]));
        Assert.Equal(
            """{"iss":"https://auth.mcpsecure.local","aud":"https://mcpsecure.local","sub":"01980000-0000-7000-8000-000000000003","client_id":"cli","iat":1767323045,"nbf":1767323045,"exp":1767323945,"jti":"01980000-0000-7000-8000-000000000001","sid":"01980000-0000-7000-8000-000000000002","auth_time":1767323045,"amr":["pwd","otp","mfa"],"username":"alice","email":"alice+work@example.org","roles":["admin","viewer"]}""",
            Decode(parts[1]));
    }

    [Fact]
    public void SigningInput_WithoutEmailAndWithScopes_LeavesTheOneOutAndJoinsTheOthers()
    {
        var token = Token with { Email = null, Scopes = ["mcp:read", "mcp:write"] };
        var claims = Decode(AccessTokenWriter.SigningInput(token, TokenForge.Format(), "kid-1").Split('.')[1]);

        Assert.DoesNotContain("email", claims, StringComparison.Ordinal);
        Assert.EndsWith(""","scope":"mcp:read mcp:write"}""", claims, StringComparison.Ordinal);
    }

    private static string Decode(string part) => Encoding.UTF8.GetString(Base64Url.DecodeFromChars(part));
}
