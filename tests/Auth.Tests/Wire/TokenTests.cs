using System.Buffers.Text;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using McpSecure.Common.V1;
using Microsoft.Extensions.DependencyInjection;
using static McpSecure.Auth.Tests.AuthScenes;

namespace McpSecure.Auth.Tests;

public sealed class TokenTests(AuthPlatform platform) : IClassFixture<AuthPlatform>
{
    [Fact]
    public async Task GetJwks_AsAnybodyReadsIt_VerifiesAToken()
    {
        var token = await TokenAsync();
        var parts = token.Split('.');
        using var header = JsonDocument.Parse(Base64Url.DecodeFromChars(parts[0]));
        using var jwks = JsonDocument.Parse((await platform.As("webshop").Auth.GetJwksAsync(new())).Jwks);
        var key = jwks.RootElement.GetProperty("keys").EnumerateArray().Single(one => one.GetProperty("kid").GetString() == header.RootElement.GetProperty("kid").GetString());
        using var rsa = RSA.Create(new RSAParameters
        {
            Modulus = Base64Url.DecodeFromChars(key.GetProperty("n").GetString()),
            Exponent = Base64Url.DecodeFromChars(key.GetProperty("e").GetString()),
        });

        Assert.Equal(("RSA", "sig", "RS256"), (key.GetProperty("kty").GetString(), key.GetProperty("use").GetString(), key.GetProperty("alg").GetString()));
        Assert.Equal(("RS256", "at+jwt"), (header.RootElement.GetProperty("alg").GetString(), header.RootElement.GetProperty("typ").GetString()));
        Assert.True(rsa.VerifyData(
            Encoding.ASCII.GetBytes($"{parts[0]}.{parts[1]}"), Base64Url.DecodeFromChars(parts[2]), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
    }

    [Fact]
    public async Task Claims_OfAToken_AreThoseOfTheContract()
    {
        var token = await TokenAsync();
        using var claims = JsonDocument.Parse(Base64Url.DecodeFromChars(token.Split('.')[1]));

        Assert.Equal(
            ["iss", "aud", "sub", "client_id", "iat", "nbf", "exp", "jti", "sid", "auth_time", "amr", "username", "email", "roles"],
            claims.RootElement.EnumerateObject().Select(claim => claim.Name));
        Assert.Equal("https://auth.mcpsecure.local", claims.RootElement.GetProperty("iss").GetString());
        Assert.Equal("https://mcpsecure.local", claims.RootElement.GetProperty("aud").GetString());
        Assert.Equal("cli", claims.RootElement.GetProperty("client_id").GetString());
        Assert.Equal('7', claims.RootElement.GetProperty("jti").GetString()![14]);
    }

    [Fact]
    public async Task RevokedToken_OnBothReplicas_IsRefusedWithinASecond()
    {
        var second = await platform.StartReplicaAsync();
        var token = await TokenAsync();
        var here = platform.As("webshop").Auth;
        var there = platform.As("webshop", second).Auth;
        await here.ValidateTokenAsync(new() { Token = token });
        await there.ValidateTokenAsync(new() { Token = token });

        await platform.As("cli").Auth.RevokeTokenAsync(new(), AuthClients.Bearer(token));
        var answered = Stopwatch.GetTimestamp();
        var atOnce = await RefusedAsync(here.ValidateTokenAsync(new() { Token = token }));
        while (await IsValidAsync(there, token))
        {
            Assert.True(Stopwatch.GetElapsedTime(answered) < TimeSpan.FromSeconds(1), "The other replica takes the token for longer than a second.");
        }

        Assert.Equal(ErrorReason.TokenInvalid, atOnce.Reason);
        await platform.AuditLog.FindAsync(e => e.Action == "auth.token.revoked" && e.Caller == "cli");
        await platform.AuditLog.FindAsync(e => e.Action == "auth.token.validated" && e.Reason == "REVOKED_OR_USER_DISABLED" && e.Caller == "webshop");
    }

    [Fact]
    public async Task RevokedToken_UsedForAnything_IsRefused()
    {
        var token = await TokenAsync();
        await platform.As("cli").Auth.RevokeTokenAsync(new(), AuthClients.Bearer(token));

        var again = await RefusedAsync(platform.As("cli").Auth.RevokeTokenAsync(new(), AuthClients.Bearer(token)));
        var enrolment = await RefusedAsync(platform.As("cli").Mfa.BeginTotpEnrolmentAsync(new(), AuthClients.Bearer(token)));

        Assert.Equal((ErrorReason.TokenInvalid, ErrorReason.TokenInvalid), (again.Reason, enrolment.Reason));
    }

    [Fact]
    public async Task ParallelRevocation_OfOneToken_HasOneWinner()
    {
        var token = await TokenAsync();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(async _ =>
        {
            try
            {
                await platform.As("cli").Auth.RevokeTokenAsync(new(), AuthClients.Bearer(token));
                return true;
            }
            catch (Grpc.Core.RpcException)
            {
                return false;
            }
        }));

        Assert.Single(outcomes, true);
    }

    [Fact]
    public async Task RevokedInMidFlight_WhileOthersValidate_IsNeverTakenAfterTheAnswer()
    {
        for (var round = 0; round < 5; round++)
        {
            var token = await TokenAsync();
            var revoked = 0L;
            var takenAfterwards = 0;
            using var stop = new CancellationTokenSource();
            var validators = Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
            {
                var client = platform.As("webshop").Auth;
                while (!stop.IsCancellationRequested)
                {
                    var begun = Stopwatch.GetTimestamp();
                    var valid = await IsValidAsync(client, token);
                    var end = Interlocked.Read(ref revoked);
                    if (valid && end != 0 && begun > end)
                    {
                        Interlocked.Increment(ref takenAfterwards);
                    }
                }
            })).ToList();
            await Task.Delay(100);

            await platform.As("cli").Auth.RevokeTokenAsync(new(), AuthClients.Bearer(token));
            Interlocked.Exchange(ref revoked, Stopwatch.GetTimestamp());
            await Task.Delay(100);
            await stop.CancelAsync();
            await Task.WhenAll(validators);

            Assert.Equal(0, takenAfterwards);
        }
    }

    [Fact]
    public async Task ValidateToken_OfAUserWhoWasDisabled_IsRefusedWithinTheTimeBound()
    {
        var user = await platform.MakeUserAsync();
        var token = (await platform.As("cli").Auth.SignInAsync(SignIn(user.Username))).AccessToken.Token;
        await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = token });

        await platform.ExecuteAsync($"UPDATE users SET disabled_at = now() WHERE user_id = '{user.UserId}'");
        platform.Clock.Advance(TimeSpan.FromSeconds(5));

        Assert.False(await IsValidAsync(platform.As("webshop").Auth, token));
    }

    [Fact]
    public async Task ValidateToken_OnTheWarmPath_AsksNobody()
    {
        var token = await TokenAsync();
        var client = platform.As("webshop").Auth;
        await client.ValidateTokenAsync(new() { Token = token });
        var listings = platform.Crypto.Listings;
        var commands = platform.First.Log.All.Count(line => line.StartsWith("Npgsql.Command Information", StringComparison.Ordinal));

        for (var i = 0; i < 50; i++)
        {
            await client.ValidateTokenAsync(new() { Token = token });
        }

        Assert.Equal(listings, platform.Crypto.Listings);
        var reads = platform.First.Log.All.Where(line => line.StartsWith("Npgsql.Command Information", StringComparison.Ordinal)).Skip(commands);
        Assert.DoesNotContain(reads, line => line.Contains("revoked_tokens", StringComparison.Ordinal));
    }

    [Fact]
    public async Task ValidateToken_AfterItsEnd_IsRefused()
    {
        var token = await TokenAsync();
        await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = token });
        platform.Clock.Advance(TimeSpan.FromMinutes(15) + TimeSpan.FromSeconds(5));

        var refusal = await RefusedAsync(platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = token }));

        Assert.Equal(ErrorReason.TokenInvalid, refusal.Reason);
    }

    [Fact]
    public async Task ForgedToken_WithOurHeaderAndClaims_IsRefusedInTheSameWordsAsARevokedOne()
    {
        var token = await TokenAsync();
        var revoked = await TokenAsync();
        await platform.As("cli").Auth.RevokeTokenAsync(new(), AuthClients.Bearer(revoked));
        using var attacker = RSA.Create(2048);
        var input = token[..token.LastIndexOf('.')];
        var forged = $"{input}.{Base64Url.EncodeToString(attacker.SignData(Encoding.ASCII.GetBytes(input), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";

        var answers = new List<(ErrorReason, string)>();
        foreach (var text in new[] { forged, revoked, "garbage", "a.b.c" })
        {
            var refusal = await RefusedAsync(platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = text }));
            answers.Add((refusal.Reason, refusal.Message));
        }

        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        Assert.Equal(ErrorReason.TokenInvalid, answers[0].Item1);
    }

    [Fact]
    public async Task InventedKeyIds_OneAfterTheOther_DoNotEachCostACallToCrypto()
    {
        var token = await TokenAsync();
        var (header, rest) = (token.Split('.')[0], token[token.IndexOf('.')..]);
        var json = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(header));
        var listings = platform.Crypto.Listings;

        for (var i = 0; i < 30; i++)
        {
            var invented = json.Replace(platform.Crypto.ActiveKeyId, $"invented-{i}", StringComparison.Ordinal);
            Assert.False(await IsValidAsync(platform.As("webshop").Auth, Base64Url.EncodeToString(Encoding.UTF8.GetBytes(invented)) + rest));
        }

        Assert.InRange(platform.Crypto.Listings - listings, 0, 15);
    }

    private static async Task<bool> IsValidAsync(V1.AuthService.AuthServiceClient client, string token)
    {
        try
        {
            await client.ValidateTokenAsync(new() { Token = token });
            return true;
        }
        catch (Grpc.Core.RpcException e)
        {
            Assert.Equal(ErrorReason.TokenInvalid, Client.McpSecureError.From(e).Reason);
            return false;
        }
    }

    private async Task<string> TokenAsync()
    {
        var user = await platform.MakeUserAsync(email: "someone@example.org");
        return (await platform.As("cli").Auth.SignInAsync(SignIn(user.Username))).AccessToken.Token;
    }
}
