using McpSecure.Auth.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using static McpSecure.Auth.Tests.AuthScenes;

namespace McpSecure.Auth.Tests;

public sealed class EnrolmentTests(AuthPlatform platform) : IClassFixture<AuthPlatform>
{
    [Fact]
    public async Task Confirm_WithACode_AnswersATokenOfTheSameSessionWithBothFactors()
    {
        var (user, token) = await SignedInAsync();
        var authenticator = await BeginAsync(token);
        platform.Clock.Advance(TimeSpan.FromSeconds(61));

        var answer = await platform.As("cli").Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = authenticator.Code() }, AuthClients.Bearer(token));
        var before = await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = token });
        var after = await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = answer.AccessToken.Token });
        var enrolled = await platform.As("cli").Users.GetUserAsync(new() { UserId = user.UserId }, AuthClients.Bearer(token));

        Assert.Equal(["pwd", "otp", "mfa"], after.AuthenticationMethods);
        Assert.Equal(user.UserId, after.UserId);
        Assert.Equal(before.AuthenticatedAt, after.AuthenticatedAt);
        Assert.NotEqual(before.TokenId, after.TokenId);
        Assert.Equal(SessionOf(token), SessionOf(answer.AccessToken.Token));
        Assert.True(enrolled.User.TotpEnrolled);
        await platform.AuditLog.FindAsync(e => e.Action == "auth.totp.enrolled" && e.Resource == $"users/{user.UserId}");
    }

    [Fact]
    public async Task Begin_WithoutConfirmation_CountsForNothing()
    {
        var (user, token) = await SignedInAsync();
        await BeginAsync(token);

        var answer = await platform.As("cli").Auth.SignInAsync(SignIn(user.Username));

        Assert.Equal(["pwd"], answer.AccessToken.AuthenticationMethods);
    }

    [Fact]
    public async Task Begin_Again_ReplacesTheSecretThatWasNotConfirmed()
    {
        var (_, token) = await SignedInAsync();
        var first = await BeginAsync(token);
        var second = await BeginAsync(token);

        var stale = await RefusedAsync(platform.As("cli").Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = first.Code() }, AuthClients.Bearer(token)));
        await platform.As("cli").Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = second.Code() }, AuthClients.Bearer(token));

        Assert.Equal(ErrorReason.TotpCodeInvalid, stale.Reason);
    }

    [Fact]
    public async Task Begin_WithAConfirmedAuthenticator_IsRefused()
    {
        var (user, token) = await SignedInAsync();
        await platform.EnrolAsync(user);

        var refusal = await RefusedAsync(platform.As("cli").Mfa.BeginTotpEnrolmentAsync(new(), AuthClients.Bearer(token)));

        Assert.Equal(ErrorReason.TotpAlreadyEnrolled, refusal.Reason);
    }

    [Fact]
    public async Task Confirm_WithNothingBegun_IsRefusedAsAWrongCodeIs()
    {
        var (_, token) = await SignedInAsync();
        var nothing = await RefusedAsync(platform.As("cli").Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = "123456" }, AuthClients.Bearer(token)));
        var authenticator = await BeginAsync(token);
        var wrong = await RefusedAsync(platform.As("cli").Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = authenticator.WrongCode() }, AuthClients.Bearer(token)));

        Assert.Equal((ErrorReason.TotpCodeInvalid, ErrorReason.TotpCodeInvalid), (nothing.Reason, wrong.Reason));
        Assert.Equal(nothing.Message, wrong.Message);
    }

    [Fact]
    public async Task ParallelUse_OfOneConfirmationCode_HasOneWinner()
    {
        var (_, token) = await SignedInAsync();
        var code = (await BeginAsync(token)).Code();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 4).Select(async _ =>
        {
            try
            {
                await platform.As("cli").Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = code }, AuthClients.Bearer(token));
                return true;
            }
            catch (Grpc.Core.RpcException e)
            {
                Assert.Equal(ErrorReason.TotpCodeInvalid, McpSecureError.From(e).Reason);
                return false;
            }
        }));

        Assert.Single(outcomes, true);
    }

    [Fact]
    public async Task GuessedCodes_AtTheConfirmation_AreSlowedDownWithoutDelayingTheSignIn()
    {
        var (user, token) = await SignedInAsync();
        var authenticator = await BeginAsync(token);
        for (var i = 0; i < 5; i++)
        {
            await RefusedAsync(platform.As("cli").Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = authenticator.WrongCode() }, AuthClients.Bearer(token)));
        }

        var refusal = await RefusedAsync(platform.As("cli").Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = authenticator.Code() }, AuthClients.Bearer(token)));

        Assert.Equal(ErrorReason.TooManyAttempts, refusal.Reason);
        await platform.As("cli").Auth.SignInAsync(SignIn(user.Username));
    }

    [Fact]
    public async Task StoredSecret_MovedToAnotherUser_OpensNothing()
    {
        var (user, token) = await SignedInAsync();
        var authenticator = await BeginAsync(token);
        var (victim, victimsToken) = await SignedInAsync();
        await BeginAsync(victimsToken);
        await platform.ExecuteAsync(
            $"UPDATE totp_authenticators SET secret = (SELECT secret FROM totp_authenticators WHERE user_id = '{user.UserId}') WHERE user_id = '{victim.UserId}'");

        var refusal = await RefusedAsync(platform.As("cli").Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = authenticator.Code() }, AuthClients.Bearer(victimsToken)));

        Assert.Equal(ErrorReason.Internal, refusal.Reason);
    }

    [Fact]
    public async Task Begin_WhileCryptoIsAway_IsUnavailable()
    {
        var (_, token) = await SignedInAsync();
        await platform.As("cli").Auth.GetJwksAsync(new());
        platform.Crypto.IsAway = true;
        try
        {
            var refusal = await RefusedAsync(platform.As("cli").Mfa.BeginTotpEnrolmentAsync(new(), AuthClients.Bearer(token)));
            Assert.Equal(ErrorReason.DependencyUnavailable, refusal.Reason);
        }
        finally
        {
            platform.Crypto.IsAway = false;
        }
    }

    [Fact]
    public async Task Begin_WithoutAToken_IsRefused()
    {
        var refusal = await RefusedAsync(platform.As("cli").Mfa.BeginTotpEnrolmentAsync(new()));

        Assert.Equal(ErrorReason.TokenMissing, refusal.Reason);
    }

    [Fact]
    public async Task StolenToken_OfALongPastSignIn_EnrolsNothing()
    {
        var replica = await platform.StartReplicaAsync(("StepUp:Window", "00:01:00"));
        var (user, token) = await SignedInAsync();
        platform.Clock.Advance(TimeSpan.FromSeconds(62));

        var begun = await RefusedAsync(platform.As("cli", replica).Mfa.BeginTotpEnrolmentAsync(new(), AuthClients.Bearer(token)));

        Assert.Equal((Grpc.Core.StatusCode.PermissionDenied, ErrorReason.StepUpRequired), (begun.Status, begun.Reason));
        await platform.AuditLog.FindAsync(e => e.Action == "auth.access.denied" && e.Reason == "STEP_UP_REQUIRED" && e.Actor.Id == user.UserId && e.Resource == $"users/{user.UserId}");
    }

    [Fact]
    public async Task StolenToken_OfALongPastSignIn_NeitherConfirmsNorReplacesWhatTheOwnerBegan()
    {
        var replica = await platform.StartReplicaAsync(("StepUp:Window", "00:01:00"));
        var (user, token) = await SignedInAsync();
        platform.Clock.Advance(TimeSpan.FromSeconds(62));
        var fresh = (await platform.As("cli").Auth.SignInAsync(SignIn(user.Username))).AccessToken.Token;
        var authenticator = await BeginAsync(fresh);

        var replaced = await RefusedAsync(platform.As("cli", replica).Mfa.BeginTotpEnrolmentAsync(new(), AuthClients.Bearer(token)));
        var confirmed = await RefusedAsync(platform.As("cli", replica).Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = authenticator.Code() }, AuthClients.Bearer(token)));
        await platform.As("cli", replica).Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = authenticator.Code() }, AuthClients.Bearer(fresh));

        Assert.Equal((ErrorReason.StepUpRequired, ErrorReason.StepUpRequired), (replaced.Reason, confirmed.Reason));
    }

    private static string? SessionOf(string token) =>
        new Microsoft.IdentityModel.JsonWebTokens.JsonWebToken(token).TryGetPayloadValue<string>("sid", out var session) ? session : null;

    private async Task<(User User, string Token)> SignedInAsync()
    {
        var user = await platform.MakeUserAsync();
        return (user, (await platform.As("cli").Auth.SignInAsync(SignIn(user.Username))).AccessToken.Token);
    }

    private async Task<Authenticator> BeginAsync(string token)
    {
        var begun = await platform.As("cli").Mfa.BeginTotpEnrolmentAsync(new(), AuthClients.Bearer(token));
        Assert.Contains(begun.Secret, begun.OtpauthUri, StringComparison.Ordinal);
        Assert.Equal(32, begun.Secret.Length);
        return new Authenticator(begun.Secret, platform.Clock);
    }
}
