using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection;
using static McpSecure.Auth.Tests.AuthScenes;

namespace McpSecure.Auth.Tests;

public sealed class LockoutTests(AuthPlatform platform) : IClassFixture<AuthPlatform>
{
    [Fact]
    public async Task SignIn_AfterFiveFailures_SaysWhenTheNextIsLookedAt()
    {
        var user = await platform.MakeUserAsync();
        await FailAsync(user.Username, 5);
        var verified = platform.First.Hasher.Verified;

        var refusal = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(user.Username)));

        Assert.Equal((ErrorReason.TooManyAttempts, "1"), (refusal.Reason, refusal.Metadata["retry_after_seconds"]));
        Assert.Equal(verified, platform.First.Hasher.Verified);
        platform.Clock.Advance(TimeSpan.FromSeconds(1));
        await platform.As("cli").Auth.SignInAsync(SignIn(user.Username));
    }

    [Fact]
    public async Task UserEnumeration_ByDelay_TellsNothing()
    {
        var user = await platform.MakeUserAsync();
        await FailAsync(user.Username, 5);
        await FailAsync("nobody-of-that-name", 5);

        var known = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(user.Username)));
        var unknown = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn("nobody-of-that-name")));

        Assert.Equal((known.Reason, known.Message), (unknown.Reason, unknown.Message));
    }

    [Fact]
    public async Task Delay_SetOnOneReplica_HoldsOnTheOther()
    {
        var user = await platform.MakeUserAsync();
        var second = await platform.StartReplicaAsync();
        await FailAsync(user.Username, 5);

        var refusal = await RefusedAsync(platform.As("cli", second).Auth.SignInAsync(SignIn(user.Username)));

        Assert.Equal(ErrorReason.TooManyAttempts, refusal.Reason);
    }

    [Fact]
    public async Task GuessedCodes_WithTheRightPassword_AreSlowedDownAndNotForgottenByAskingWithoutOne()
    {
        var user = await platform.MakeUserAsync();
        var authenticator = await platform.EnrolAsync(user);
        for (var i = 0; i < 5; i++)
        {
            var wrong = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(user.Username, code: authenticator.WrongCode())));
            Assert.Equal(ErrorReason.CredentialsInvalid, wrong.Reason);
            if (i < 4)
            {
                var asked = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(user.Username)));
                Assert.Equal(ErrorReason.SecondFactorRequired, asked.Reason);
            }
        }

        var refusal = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(user.Username, code: authenticator.Code())));

        Assert.Equal(ErrorReason.TooManyAttempts, refusal.Reason);
    }

    [Fact]
    public async Task LockoutUsedAgainstTheOwner_FromAnotherAddress_LeavesHimHisOwn()
    {
        var user = await platform.MakeUserAsync();
        Assert.IsType<SignInResult.SignedIn>(await SignInFromAsync("198.51.100.7", user.Username, AuthPlatform.Password));
        for (var i = 0; i < 5; i++)
        {
            Assert.IsType<SignInResult.Denied>(await SignInFromAsync("203.0.113.66", user.Username, "wrong wrong wrong"));
        }

        Assert.IsType<SignInResult.TooManyAttempts>(await SignInFromAsync("203.0.113.66", user.Username, "wrong wrong wrong"));
        Assert.IsType<SignInResult.TooManyAttempts>(await SignInFromAsync("203.0.113.99", user.Username, AuthPlatform.Password));
        Assert.IsType<SignInResult.SignedIn>(await SignInFromAsync("198.51.100.7", user.Username, AuthPlatform.Password));
    }

    [Fact]
    public async Task KnownNetwork_AfterThirtyDaysWithoutASignIn_IsStrangeAgain()
    {
        var user = await platform.MakeUserAsync();
        await SignInFromAsync("198.51.100.8", user.Username, AuthPlatform.Password);
        await platform.ExecuteAsync($"UPDATE known_networks SET last_sign_in_at = last_sign_in_at - interval '31 days' WHERE user_id = '{user.UserId}'");
        for (var i = 0; i < 5; i++)
        {
            await SignInFromAsync("203.0.113.67", user.Username, "wrong wrong wrong");
        }

        Assert.IsType<SignInResult.TooManyAttempts>(await SignInFromAsync("198.51.100.8", user.Username, AuthPlatform.Password));
    }

    [Fact]
    public async Task ForwardedAddress_InMetadata_IsNotBelieved()
    {
        var user = await platform.MakeUserAsync();
        for (var i = 0; i < 5; i++)
        {
            var metadata = new Grpc.Core.Metadata { { "x-forwarded-for", $"203.0.113.{i}" }, { "forwarded", $"for=203.0.113.{i}" }, { "x-real-ip", $"203.0.113.{i}" } };
            await RefusedAsync(platform.As("webshop").Auth.SignInAsync(SignIn(user.Username, "wrong wrong wrong"), metadata));
        }

        var refusal = await RefusedAsync(platform.As("webshop").Auth.SignInAsync(SignIn(user.Username), new Grpc.Core.Metadata { { "x-forwarded-for", "203.0.113.250" } }));
        var auditEvent = await platform.AuditLog.FindAsync(e => e.Resource == $"users/{user.UserId}" && e.Reason == "WRONG_PASSWORD");

        Assert.Equal(ErrorReason.TooManyAttempts, refusal.Reason);
        Assert.DoesNotContain("203.0.113", auditEvent.ClientAddress, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Busy_WithEveryTurnTaken_IsSaidAndCountsForNothing()
    {
        var user = await platform.MakeUserAsync();
        var hashing = platform.First.App.Services.GetRequiredService<PasswordHashing>();
        var turns = new List<PasswordHashing.Turn>();
        using var cancel = new CancellationTokenSource();
        for (var i = 0; i < 4; i++)
        {
            turns.Add((await hashing.EnterAsync(default))!);
        }

        var waiting = Enumerable.Range(0, 64).Select(_ => hashing.EnterAsync(cancel.Token).AsTask()).ToList();
        for (var i = 0; i < 8; i++)
        {
            var refusal = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(user.Username)));
            Assert.Equal(ErrorReason.Busy, refusal.Reason);
        }

        await cancel.CancelAsync();
        await Task.WhenAll(waiting.Select(one => Assert.ThrowsAnyAsync<OperationCanceledException>(() => one)));
        turns.ForEach(turn => turn.Dispose());
        await platform.As("cli").Auth.SignInAsync(SignIn(user.Username));
    }

    private async Task FailAsync(string username, int times)
    {
        for (var i = 0; i < times; i++)
        {
            await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(username, "wrong wrong wrong")));
        }
    }

    private Task<SignInResult> SignInFromAsync(string network, string username, string password)
    {
        var services = platform.First.App.Services;
        var origin = new CallOrigin("cli", network, services.GetRequiredService<AuditEvents>().Start);
        return services.GetRequiredService<PasswordSignIn>().SignInAsync(new Credentials(username, Password.From(password), Code: null), origin, default);
    }
}
