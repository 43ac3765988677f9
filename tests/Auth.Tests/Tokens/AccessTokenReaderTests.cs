using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;

namespace McpSecure.Auth.Tests;

public sealed class AccessTokenReaderTests
{
    private readonly TokenForge forge = new();

    [Fact]
    public async Task Read_OfOurs_TellsWhatItSays()
    {
        var claims = forge.Claims();
        claims["email"] = "alice@example.org";
        claims["scope"] = "mcp:read mcp:write";

        var read = Assert.IsType<TokenReading.Read>(await forge.ReadAsync(TokenForge.Sign(TokenForge.Header(), claims)));

        var token = read.Token.Token;
        Assert.Equal("kid-1", read.Token.KeyId);
        Assert.Equal(("alice", "alice@example.org", "cli"), (token.Username, token.Email, token.ClientId));
        Assert.Equal(["developer"], token.Roles);
        Assert.Equal(["mcp:read", "mcp:write"], token.Scopes);
        Assert.Equal(["pwd"], token.Methods);
        Assert.Equal((forge.Clock.GetUtcNow(), forge.Clock.GetUtcNow().AddMinutes(15)), (token.AuthenticatedAt, token.ExpiresAt));
    }

    [Fact]
    public async Task Read_OfWhatTheWriterWrote_TellsTheSame()
    {
        var now = forge.Clock.GetUtcNow();
        var token = new AccessToken(
            Guid.CreateVersion7(now), Guid.CreateVersion7(now), Guid.CreateVersion7(now), "bob", "b@example.org", "webshop", ["admin", "viewer"], [], ["pwd", "otp", "mfa"], now, now, now.AddHours(1));
        var input = AccessTokenWriter.SigningInput(token, TokenForge.Format(), "kid-2");
        var signature = TokenForge.OtherKey.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);

        var read = Assert.IsType<TokenReading.Read>(await forge.ReadAsync(AccessTokenWriter.Seal(input, signature, token).Reveal())).Token.Token;

        Assert.Equal(token with { Roles = [], Methods = [], Scopes = [] }, read with { Roles = [], Methods = [], Scopes = [] });
        Assert.Equal((token.Roles, token.Methods, token.Scopes), (read.Roles, read.Methods, read.Scopes), ListsEqual);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("None")]
    [InlineData("nOnE")]
    public async Task AlgNone_WithoutSignature_IsRefused(string algorithm)
    {
        var header = TokenForge.Header();
        header["alg"] = algorithm;

        await AssertNotOursAsync(TokenForge.Seal(header, forge.Claims(), _ => []));
        await AssertNotOursAsync(TokenForge.Sign(header, forge.Claims()));
    }

    [Fact]
    public async Task Hs256_WithThePublicKeyAsSecret_IsRefused()
    {
        var header = TokenForge.Header();
        header["alg"] = "HS256";
        byte[][] secrets =
        [
            TokenForge.Key.ExportRSAPublicKey(),
            TokenForge.Key.ExportSubjectPublicKeyInfo(),
            Encoding.ASCII.GetBytes(TokenForge.Key.ExportSubjectPublicKeyInfoPem()),
            Encoding.ASCII.GetBytes(TokenForge.Key.ExportRSAPublicKeyPem()),
            TokenForge.Key.ExportParameters(includePrivateParameters: false).Modulus!,
            Encoding.UTF8.GetBytes(TokenForge.Keys.Jwks),
        ];

        foreach (var secret in secrets)
        {
            await AssertNotOursAsync(TokenForge.Seal(header, forge.Claims(), input => HMACSHA256.HashData(secret, input)));
        }
    }

    [Theory]
    [InlineData("RS384")]
    [InlineData("RS512")]
    public async Task OtherHash_WithOurOwnKey_IsRefused(string algorithm)
    {
        var header = TokenForge.Header();
        header["alg"] = algorithm;
        var hash = algorithm == "RS384" ? HashAlgorithmName.SHA384 : HashAlgorithmName.SHA512;

        await AssertNotOursAsync(TokenForge.Seal(header, forge.Claims(), input => TokenForge.Key.SignData(input, hash, RSASignaturePadding.Pkcs1)));
    }

    [Fact]
    public async Task Ps256_WithOurOwnKey_IsRefused()
    {
        var header = TokenForge.Header();
        header["alg"] = "PS256";

        await AssertNotOursAsync(TokenForge.Seal(header, forge.Claims(), input => TokenForge.Key.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)));
    }

    [Fact]
    public async Task KidOfAnotherKey_OfOurs_IsRefused()
    {
        var header = TokenForge.Header();
        header["kid"] = "kid-2";

        await AssertNotOursAsync(TokenForge.Sign(header, forge.Claims()));
    }

    [Theory]
    [InlineData("kid-3")]
    [InlineData("")]
    [InlineData("../../etc/passwd")]
    [InlineData("kid-1\u0000")]
    public async Task UnknownKid_IsRefused(string keyId)
    {
        var header = TokenForge.Header();
        header["kid"] = keyId;

        await AssertNotOursAsync(TokenForge.Sign(header, forge.Claims()));
    }

    [Fact]
    public async Task NoKid_IsRefused()
    {
        var header = TokenForge.Header();
        header.Remove("kid");

        await AssertNotOursAsync(TokenForge.Sign(header, forge.Claims()));
    }

    [Fact]
    public async Task KeyBroughtAlong_InJwkJkuX5uOrX5c_IsNotBelieved()
    {
        using var attacker = RSA.Create(2048);
        var parameters = attacker.ExportParameters(includePrivateParameters: false);
        var jwk = new JsonObject
        {
            ["kty"] = "RSA",
            ["kid"] = "kid-1",
            ["n"] = Base64Url.EncodeToString(parameters.Modulus),
            ["e"] = Base64Url.EncodeToString(parameters.Exponent),
        };
        var request = new CertificateRequest("CN=attacker", attacker, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(forge.Clock.GetUtcNow().AddDays(-1), forge.Clock.GetUtcNow().AddDays(1));
        (string Name, JsonNode Value)[] parts =
        [
            ("jwk", jwk),
            ("jku", "https://attacker.example/jwks.json"),
            ("x5u", "https://attacker.example/cert.pem"),
            ("x5c", new JsonArray(Convert.ToBase64String(certificate.RawData))),
        ];

        foreach (var keyId in new[] { "kid-1", "kid-3", null })
        {
            foreach (var (name, value) in parts)
            {
                var header = TokenForge.Header();
                header["kid"] = keyId;
                header[name] = value.DeepClone();

                await AssertNotOursAsync(TokenForge.Sign(header, forge.Claims(), attacker));
            }
        }
    }

    [Theory]
    [InlineData(899, true)]
    [InlineData(904, true)] // within the skew of 5 s
    [InlineData(905, false)]
    [InlineData(86_400, false)]
    public async Task Expired_AfterTheSkew_IsRefused(int secondsLater, bool works)
    {
        var token = TokenForge.Sign(TokenForge.Header(), forge.Claims());
        forge.Clock.Advance(TimeSpan.FromSeconds(secondsLater));

        var reading = await forge.ReadAsync(token);

        Assert.Equal(works, reading is TokenReading.Read);
        Assert.Equal(!works, reading is TokenReading.NotNow);
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(6, false)]
    [InlineData(3600, false)]
    public async Task NotYetValid_BeforeTheSkew_IsRefused(int secondsAhead, bool works)
    {
        var claims = forge.Claims();
        var begins = forge.Clock.GetUtcNow().ToUnixTimeSeconds() + secondsAhead;
        (claims["nbf"], claims["iat"]) = (begins, begins);

        var reading = await forge.ReadAsync(TokenForge.Sign(TokenForge.Header(), claims));

        Assert.Equal(works, reading is TokenReading.Read);
        Assert.Equal(!works, reading is TokenReading.NotNow);
    }

    [Theory]
    [InlineData("iss", "https://auth.other.example")]
    [InlineData("iss", "https://auth.mcpsecure.local/")]
    [InlineData("iss", "HTTPS://AUTH.MCPSECURE.LOCAL")]
    [InlineData("aud", "https://other.example")]
    [InlineData("aud", "https://mcpsecure.local/")]
    [InlineData("aud", "")]
    public async Task WrongIssuerOrAudience_IsRefused(string claim, string value)
    {
        var claims = forge.Claims();
        claims[claim] = value;

        await AssertNotOursAsync(TokenForge.Sign(TokenForge.Header(), claims));
    }

    [Fact]
    public async Task SeveralAudiences_OursAmongThem_IsRefused()
    {
        var claims = forge.Claims();
        claims["aud"] = new JsonArray(TokenForge.Audience, "https://other.example");

        await AssertNotOursAsync(TokenForge.Sign(TokenForge.Header(), claims));
    }

    [Theory]
    [InlineData("JWT")]
    [InlineData("logout+jwt")]
    [InlineData("application/at+jwt")]
    [InlineData("")]
    [InlineData(null)]
    public async Task TokenOfAnotherType_IsRefused(string? type)
    {
        var header = TokenForge.Header();
        header["typ"] = type;

        await AssertNotOursAsync(TokenForge.Sign(header, forge.Claims()));
    }

    [Theory]
    [InlineData("iss")]
    [InlineData("aud")]
    [InlineData("sub")]
    [InlineData("client_id")]
    [InlineData("iat")]
    [InlineData("nbf")]
    [InlineData("exp")]
    [InlineData("jti")]
    [InlineData("sid")]
    [InlineData("auth_time")]
    [InlineData("amr")]
    [InlineData("username")]
    [InlineData("roles")]
    public async Task MissingClaim_IsRefused(string claim)
    {
        var claims = forge.Claims();
        claims.Remove(claim);

        Assert.IsNotType<TokenReading.Read>(await forge.ReadAsync(TokenForge.Sign(TokenForge.Header(), claims)));
    }

    [Theory]
    [InlineData("sub", "alice")]
    [InlineData("jti", "1")]
    [InlineData("sid", "{01980000-0000-7000-8000-000000000003}")]
    [InlineData("exp", "never")]
    public async Task ClaimOfAnotherForm_IsRefused(string claim, string value)
    {
        var claims = forge.Claims();
        claims[claim] = value;

        Assert.IsNotType<TokenReading.Read>(await forge.ReadAsync(TokenForge.Sign(TokenForge.Header(), claims)));
    }

    [Fact]
    public async Task BitFlips_AnywhereInTheToken_AreRefused()
    {
        var token = TokenForge.Sign(TokenForge.Header(), forge.Claims());
        Assert.IsType<TokenReading.Read>(await forge.ReadAsync(token));

        for (var position = 0; position < token.Length; position++)
        {
            // Two bits of each character, so that every sextet changes.
            foreach (var bit in new[] { 1, 16 })
            {
                var flipped = token.ToCharArray();
                flipped[position] = (char)(flipped[position] ^ bit);
                Assert.False(await forge.ReadAsync(new string(flipped)) is TokenReading.Read, $"character {position}, bit {bit}");
            }
        }
    }

    [Fact]
    public async Task OtherFormsOfOneToken_AreRefused()
    {
        var token = TokenForge.Sign(TokenForge.Header(), forge.Claims());
        var last = token[^1];

        // The last character of 342 carries two bits: three others decode to the same signature.
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        foreach (var letter in Alphabet.Where(letter => letter != last))
        {
            await AssertNotOursAsync(token[..^1] + letter);
        }

        foreach (var other in new[] { token + "=", token + "==", token + " ", " " + token, token + "\n", token + ".", token + ".x", token.Replace('-', '+').Replace('_', '/') + "=" })
        {
            await AssertNotOursAsync(other);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("....")]
    [InlineData("eyJhbGciOiJSUzI1NiJ9..")]
    [InlineData("eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AA.AA.AA.AA")]
    [InlineData("bnVsbA.bnVsbA.AA")]
    [InlineData("W10.W10.AA")]
    [InlineData("😀.😀.😀")]
    public async Task Garbage_IsRefused(string text)
    {
        await AssertNotOursAsync(text);
        Assert.Null(forge.Reader.KeyIdOf(text) is "kid-1" ? "" : null);
    }

    [Fact]
    public async Task LongerThanAnyOfOurs_IsRefused()
    {
        var claims = forge.Claims();
        claims["padding"] = new string('x', 8192);

        await AssertNotOursAsync(TokenForge.Sign(TokenForge.Header(), claims));
    }

    private static bool ListsEqual(
        (IReadOnlyList<string> Roles, IReadOnlyList<string> Methods, IReadOnlyList<string> Scopes) left,
        (IReadOnlyList<string> Roles, IReadOnlyList<string> Methods, IReadOnlyList<string> Scopes) right) =>
        left.Roles.SequenceEqual(right.Roles) && left.Methods.SequenceEqual(right.Methods) && left.Scopes.SequenceEqual(right.Scopes);

    private async Task AssertNotOursAsync(string token) => Assert.IsType<TokenReading.NotOurs>(await forge.ReadAsync(token));
}
