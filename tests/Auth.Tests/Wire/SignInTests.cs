using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;
using static McpSecure.Auth.Tests.AuthScenes;

namespace McpSecure.Auth.Tests;

public sealed class SignInTests(AuthPlatform platform) : IClassFixture<AuthPlatform>
{
    [Fact]
    public async Task SignIn_WithTheRightPassword_AnswersATokenThatValidates()
    {
        var user = await platform.MakeUserAsync(email: "someone@example.org");

        var answer = await platform.As("cli").Auth.SignInAsync(SignIn(user.Username));
        var said = await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = answer.AccessToken.Token });

        Assert.Equal(user.UserId, answer.UserId);
        Assert.Equal(["pwd"], answer.AccessToken.AuthenticationMethods);
        Assert.Equal((user.UserId, user.Username), (said.UserId, said.Username));
        Assert.Equal(["pwd"], said.AuthenticationMethods);
        Assert.Equal(answer.AccessToken.ExpiresAt, said.ExpiresAt);
        Assert.Equal(TimeSpan.FromMinutes(15), said.ExpiresAt.ToDateTime() - said.AuthenticatedAt.ToDateTime());
    }

    [Fact]
    public async Task SignIn_WithPasswordAndCode_ShowsBothFactors()
    {
        var user = await platform.MakeUserAsync();
        var authenticator = await platform.EnrolAsync(user);

        var answer = await platform.As("cli").Auth.SignInAsync(SignIn(user.Username, code: authenticator.Code()));

        Assert.Equal(["pwd", "otp", "mfa"], answer.AccessToken.AuthenticationMethods);
    }

    [Fact]
    public async Task SignIn_OfSomebodyWithRoles_PutsThemIntoTheToken()
    {
        var user = await platform.MakeUserAsync();
        platform.Authorization.Roles[user.UserId] = "developer";

        var answer = await platform.As("cli").Auth.SignInAsync(SignIn(user.Username));
        var said = await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = answer.AccessToken.Token });

        Assert.Equal(["developer"], said.Roles);
    }

    [Fact]
    public async Task SignIn_WithAnAuthenticatorAndNoCode_AsksForIt()
    {
        var user = await platform.MakeUserAsync();
        await platform.EnrolAsync(user);

        var refusal = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(user.Username)));

        Assert.Equal(ErrorReason.SecondFactorRequired, refusal.Reason);
    }

    [Fact]
    public async Task SignIn_WithAWrongPasswordAndAnAuthenticator_DoesNotTellThatThereIsOne()
    {
        var user = await platform.MakeUserAsync();
        await platform.EnrolAsync(user);

        var refusal = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(user.Username, "green anchors drift slowly")));

        Assert.Equal(ErrorReason.CredentialsInvalid, refusal.Reason);
    }

    [Fact]
    public async Task UserEnumeration_UnknownWrongAndDisabled_GetOneAnswerAfterTheSameWork()
    {
        var user = await platform.MakeUserAsync();
        var disabled = await platform.MakeUserAsync();
        await platform.ExecuteAsync($"UPDATE users SET disabled_at = now() WHERE username = '{disabled.Username}'");
        var hasher = platform.First.Hasher;

        var answers = new List<(string Detail, ErrorReason Reason, int Verified, int Hashed)>();
        foreach (var request in new[] { SignIn("nobody-at-all"), SignIn(user.Username, "wrong wrong wrong"), SignIn(disabled.Username), SignIn("Not A Name!") })
        {
            var (verified, hashed) = (hasher.Verified, hasher.Hashed);
            var refusal = await RefusedAsync(platform.As("webshop").Auth.SignInAsync(request));
            answers.Add((refusal.Message, refusal.Reason, hasher.Verified - verified, hasher.Hashed - hashed));
        }

        Assert.All(answers, answer => Assert.Equal(answers[0], answer));
        Assert.Equal((ErrorReason.CredentialsInvalid, 1, 0), (answers[0].Reason, answers[0].Verified, answers[0].Hashed));
    }

    [Fact]
    public async Task SignIn_Denied_TellsTheReasonToTheAuditLogAlone()
    {
        var user = await platform.MakeUserAsync();

        await RefusedAsync(platform.As("webshop").Auth.SignInAsync(SignIn(user.Username, "wrong wrong wrong")));
        var auditEvent = await platform.AuditLog.FindAsync(e => e.Action == "auth.signin.denied" && e.Resource == $"users/{user.UserId}");

        Assert.Equal(("WRONG_PASSWORD", Outcome.Denied, "webshop", "auth"), (auditEvent.Reason, auditEvent.Outcome, auditEvent.Caller, auditEvent.Source));
        Assert.NotEmpty(auditEvent.ClientAddress);
        Assert.NotEmpty(auditEvent.TraceId);
    }

    [Fact]
    public async Task SignIn_UnderAnUnknownName_DoesNotWriteTheNameDown()
    {
        const string TypedInTheWrongField = "hunter2-hunter2-hunter2";

        await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(TypedInTheWrongField)));
        var auditEvent = await platform.AuditLog.FindAsync(e => e.Reason == "UNKNOWN_USER");

        Assert.DoesNotContain(TypedInTheWrongField, auditEvent.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(platform.First.Log.All, line => line.Contains(TypedInTheWrongField, StringComparison.Ordinal));
        Assert.DoesNotContain(TypedInTheWrongField, await platform.DumpAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignIn_Succeeded_IsInTheAuditLogWithItsToken()
    {
        var user = await platform.MakeUserAsync();

        await platform.As("cli").Auth.SignInAsync(SignIn(user.Username));
        var auditEvent = await platform.AuditLog.FindAsync(e => e.Action == "auth.signin.succeeded" && e.Actor?.Id == user.UserId);

        Assert.Equal((Outcome.Success, user.Username, "cli", "pwd"), (auditEvent.Outcome, auditEvent.ActorName, auditEvent.Caller, auditEvent.Attributes["methods"]));
    }

    [Fact]
    public async Task ReplayedCode_UsedAgainInItsWindow_IsRefused()
    {
        var user = await platform.MakeUserAsync();
        var authenticator = await platform.EnrolAsync(user);
        var code = authenticator.Code();
        await platform.As("cli").Auth.SignInAsync(SignIn(user.Username, code: code));

        var refusal = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(user.Username, code: code)));
        var auditEvent = await platform.AuditLog.FindAsync(e => e.Action == "auth.signin.denied" && e.Resource == $"users/{user.UserId}");

        Assert.Equal(ErrorReason.CredentialsInvalid, refusal.Reason);
        Assert.Equal("CODE_USED_BEFORE", auditEvent.Reason);
    }

    [Fact]
    public async Task ReplayedCode_OfTheConfirmation_IsRefusedAtSignIn()
    {
        var user = await platform.MakeUserAsync();
        var clients = platform.As("cli");
        var token = (await clients.Auth.SignInAsync(SignIn(user.Username))).AccessToken.Token;
        var secret = (await clients.Mfa.BeginTotpEnrolmentAsync(new(), AuthClients.Bearer(token))).Secret;
        var code = new Authenticator(secret, platform.Clock).Code();
        await clients.Mfa.ConfirmTotpEnrolmentAsync(new() { TotpCode = code }, AuthClients.Bearer(token));

        var refusal = await RefusedAsync(clients.Auth.SignInAsync(SignIn(user.Username, code: code)));

        Assert.Equal(ErrorReason.CredentialsInvalid, refusal.Reason);
    }

    [Fact]
    public async Task ParallelUse_OfOneCodeOnTwoReplicas_HasOneWinner()
    {
        var user = await platform.MakeUserAsync();
        var authenticator = await platform.EnrolAsync(user);
        var second = await platform.StartReplicaAsync();
        var code = authenticator.Code();
        var clients = new[] { platform.As("cli"), platform.As("cli", second), platform.As("cli"), platform.As("cli", second) };

        var outcomes = await Task.WhenAll(clients.Select(async one =>
        {
            try
            {
                await one.Auth.SignInAsync(SignIn(user.Username, code: code));
                return ErrorReason.Unspecified;
            }
            catch (Grpc.Core.RpcException e)
            {
                return Client.McpSecureError.From(e).Reason;
            }
        }));

        Assert.Single(outcomes, ErrorReason.Unspecified);
        Assert.Equal(3, outcomes.Count(outcome => outcome == ErrorReason.CredentialsInvalid));
    }

    [Fact]
    public async Task SignIn_WhileAuthorizationIsAway_IsUnavailableAndCostsTheUserNothing()
    {
        var user = await platform.MakeUserAsync();
        platform.Authorization.IsAway = true;
        try
        {
            for (var i = 0; i < 6; i++)
            {
                var refusal = await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn(user.Username)));
                Assert.Equal(ErrorReason.DependencyUnavailable, refusal.Reason);
            }
        }
        finally
        {
            platform.Authorization.IsAway = false;
        }

        await platform.As("cli").Auth.SignInAsync(SignIn(user.Username));
    }

    [Fact]
    public async Task SignIn_WithAHashOfFewerIterations_RenewsItOnce()
    {
        var user = await platform.MakeUserAsync();
        var few = new PasswordHasher<Account>(Options.Create(new PasswordHasherOptions { IterationCount = CountingHasher.Iterations / 2 }))
            .HashPassword(null!, AuthPlatform.Password);
        await platform.ExecuteAsync($"UPDATE users SET password_hash = '{few}' WHERE user_id = '{user.UserId}'");
        var hashed = platform.First.Hasher.Hashed;

        await platform.As("cli").Auth.SignInAsync(SignIn(user.Username));
        await platform.As("cli").Auth.SignInAsync(SignIn(user.Username));

        Assert.Equal(hashed + 1, platform.First.Hasher.Hashed);
        Assert.DoesNotContain(few, await platform.DumpAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SignIn_WithAPasswordTypedOnAnotherKeyboard_MatchesAfterNormalisation()
    {
        const string Composed = "caf\u00E9 caf\u00E9 caf\u00E9 crème 9";
        const string Decomposed = "cafe\u0301 cafe\u0301 cafe\u0301 cre\u0300me \uFF19";
        var request = new V1.CreateUserRequest { Username = "keyboards", Password = Composed };
        await platform.As("cli").Users.CreateUserAsync(request, AuthClients.Bearer(await platform.AdministratorTokenAsync()));

        var answer = await platform.As("cli").Auth.SignInAsync(SignIn("keyboards", Decomposed));

        Assert.NotEmpty(answer.AccessToken.Token);
    }

    [Fact]
    public async Task PasswordInLogs_AfterEveryKindOfSignIn_IsNowhere()
    {
        const string Sentinel = "sentinel-zebra-quartz-77";
        var request = new V1.CreateUserRequest { Username = "sentinel-user", Password = Sentinel };
        await platform.As("cli").Users.CreateUserAsync(request, AuthClients.Bearer(await platform.AdministratorTokenAsync()));
        var token = (await platform.As("cli").Auth.SignInAsync(SignIn("sentinel-user", Sentinel))).AccessToken.Token;
        await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn("sentinel-other", Sentinel)));
        await RefusedAsync(platform.As("cli").Auth.SignInAsync(SignIn("sentinel-user", Sentinel, code: "12345")));
        await platform.As("webshop").Auth.ValidateTokenAsync(new() { Token = token });

        var events = string.Join('\n', platform.AuditLog.All.Select(e => e.ToString()));
        var logs = string.Join('\n', platform.First.Log.All);
        var database = await platform.DumpAsync();

        Assert.All([events, logs, database], text => Assert.DoesNotContain("zebra", text, StringComparison.OrdinalIgnoreCase));
        Assert.All([events, logs, database], text => Assert.DoesNotContain(token, text, StringComparison.Ordinal));
        Assert.All([events, logs], text => Assert.DoesNotContain(AuthPlatform.BootstrapSecret, text, StringComparison.Ordinal));
        Assert.Contains("Applied migration", logs, StringComparison.Ordinal); // the capture works
    }
}
