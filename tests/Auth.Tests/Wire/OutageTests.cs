using System.Diagnostics;
using McpSecure.Common.V1;
using static McpSecure.Auth.Tests.AuthScenes;

namespace McpSecure.Auth.Tests;

/// <summary>Takes away, one after the other, what Auth needs; each test has a platform of its own.</summary>
public sealed class OutageTests : IAsyncLifetime
{
    private readonly AuthPlatform platform = new();

    public Task InitializeAsync() => platform.InitializeAsync();

    public Task DisposeAsync() => platform.DisposeAsync();

    [Fact]
    public async Task Rotation_WithOverlap_LeavesOldTokensValidAndSignsNewOnesWithTheNewKey()
    {
        var before = await TokenAsync();
        var oldKey = platform.Crypto.ActiveKeyId;

        platform.Crypto.Rotate(overlap: true);
        await platform.TellKeyChangeAsync();
        var after = await TokenUntilAsync(keyId: platform.Crypto.ActiveKeyId);
        var jwks = (await platform.As("cli").Auth.GetJwksAsync(new())).Jwks;

        Assert.Equal((oldKey, platform.Crypto.ActiveKeyId), (KeyIdOf(before), KeyIdOf(after)));
        await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = before });
        await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = after });
        Assert.All([oldKey, platform.Crypto.ActiveKeyId], keyId => Assert.Contains(keyId, jwks, StringComparison.Ordinal));
    }

    [Fact]
    public async Task RotationInMidSign_WithoutOverlapOrWord_IsRetriedWithTheNewKey()
    {
        var before = await TokenAsync();

        platform.Crypto.Rotate(overlap: false);
        var after = await TokenAsync();

        Assert.Equal(platform.Crypto.ActiveKeyId, KeyIdOf(after));
        await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = before });
        await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = after });
    }

    [Fact]
    public async Task Crypto_AwayForLongerThanTheTimeBound_MakesEverythingUnavailableUntilItIsBack()
    {
        var user = await platform.MakeUserAsync();
        var token = (await platform.As("cli").Auth.SignInAsync(SignIn(user.Username))).AccessToken.Token;
        platform.Crypto.IsAway = true;
        platform.Clock.Advance(TimeSpan.FromSeconds(6));

        var signIn = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(user.Username)));
        var validation = await RefusedAsync(platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = token }));
        var jwks = await RefusedAsync(platform.As("webshop").Auth.GetJwksAsync(new()));
        platform.Crypto.IsAway = false;

        Assert.All([signIn, validation, jwks], refusal => Assert.Equal(ErrorReason.DependencyUnavailable, refusal.Reason));
        await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = token });
    }

    [Fact]
    public async Task Redis_Away_GivesTheRightAnswersByReadingThrough()
    {
        var second = await platform.StartReplicaAsync();
        var token = await TokenAsync();
        var other = await TokenAsync();
        var there = platform.As("webshop", second).Auth;
        await there.ValidateTokenAsync(new() { Token = token });
        await there.ValidateTokenAsync(new() { Token = other });

        await platform.Redis.StopAsync();
        await platform.As("cli").Auth.RevokeTokenAsync(new(), AuthClients.Bearer(token));
        var answered = Stopwatch.GetTimestamp();
        while (await IsValidAsync(there, token))
        {
            Assert.True(Stopwatch.GetElapsedTime(answered) < TimeSpan.FromSeconds(1), "The other replica takes the token for longer than a second.");
        }

        Assert.True(await IsValidAsync(there, other));
        await TokenAsync();
        await platform.Redis.StartAsync();
        Assert.False(await IsValidAsync(there, token));
        Assert.True(await IsValidAsync(there, other));
    }

    private static string KeyIdOf(string token) => new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(token).Kid;

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
        var user = await platform.MakeUserAsync();
        return (await platform.As("cli").Auth.SignInAsync(SignIn(user.Username))).AccessToken.Token;
    }

    // The word of the change takes a moment to arrive.
    private async Task<string> TokenUntilAsync(string keyId)
    {
        while (true)
        {
            var token = await TokenAsync();
            if (KeyIdOf(token) == keyId)
            {
                return token;
            }
        }
    }
}
