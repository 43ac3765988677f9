using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Auth.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using static McpSecure.Auth.Tests.AuthScenes;

namespace McpSecure.Auth.Tests;

/// <summary>Each test has a platform of its own: a bootstrap happens once.</summary>
public sealed class BootstrapTests : IAsyncLifetime
{
    private readonly AuthPlatform platform = new();

    public Task InitializeAsync() => platform.InitializeAsync();

    public Task DisposeAsync() => platform.DisposeAsync();

    [Fact]
    public async Task Bootstrap_WithTheSecret_MakesAnAdministratorWhoSignsIn()
    {
        var answer = await platform.As("cli").Auth.BootstrapAdministratorAsync(Request());
        var signedIn = await platform.As("cli").Auth.SignInAsync(SignIn(AuthPlatform.Administrator));
        var auditEvent = await platform.AuditLog.FindAsync(e => e.Action == "auth.administrator.bootstrapped");

        Assert.Equal("admin", platform.Authorization.Roles[answer.UserId]);
        Assert.Equal(answer.UserId, signedIn.UserId);
        Assert.Equal((Outcome.Success, answer.UserId, $"users/{answer.UserId}"), (auditEvent.Outcome, auditEvent.Actor.Id, auditEvent.Resource));
    }

    [Fact]
    public async Task BootstrapTwice_WithTheSameRequest_IsRefusedForGood()
    {
        await platform.As("cli").Auth.BootstrapAdministratorAsync(Request());

        var again = await RefusedAsync(platform.As("cli").Auth.BootstrapAdministratorAsync(Request()));
        var other = await RefusedAsync(platform.As("cli").Auth.BootstrapAdministratorAsync(Request(username: "another")));

        Assert.Equal((ErrorReason.BootstrapRefused, ErrorReason.BootstrapRefused), (again.Reason, other.Reason));
        Assert.Single(platform.Authorization.Roles);
    }

    [Fact]
    public async Task BootstrapTwice_AfterTheSecretWasChanged_IsRefusedForGood()
    {
        await platform.As("cli").Auth.BootstrapAdministratorAsync(Request());
        var other = await platform.StartReplicaAsync(("Bootstrap:Secret", "another-secret-of-some-length"));

        var refusal = await RefusedAsync(platform.As("cli", other).Auth.BootstrapAdministratorAsync(Request(secret: "another-secret-of-some-length")));

        Assert.Equal(ErrorReason.BootstrapRefused, refusal.Reason);
    }

    [Theory]
    [InlineData("boot-3f0c9a7be2d14c56a1f9")]
    [InlineData("boot-3f0c9a7be2d14c56a1f")]
    [InlineData("boot-3f0c9a7be2d14c56a1f8 ")]
    public async Task Bootstrap_WithAWrongSecret_IsRefusedBeforeAnyHash(string secret)
    {
        var hashed = platform.First.Hasher.Hashed;

        var refusal = await RefusedAsync(platform.As("cli").Auth.BootstrapAdministratorAsync(Request(secret)));
        var auditEvent = await platform.AuditLog.FindAsync(e => e.Action == "auth.administrator.bootstrapped");

        Assert.Equal(ErrorReason.BootstrapRefused, refusal.Reason);
        Assert.Equal((Outcome.Denied, "WRONG_SECRET"), (auditEvent.Outcome, auditEvent.Reason));
        Assert.Equal(hashed, platform.First.Hasher.Hashed);
        Assert.Empty(platform.Authorization.Roles);
    }

    [Fact]
    public async Task Bootstrap_WithoutASecretSet_IsRefused()
    {
        var other = await platform.StartReplicaAsync(("Bootstrap:Secret", null!));

        var refusal = await RefusedAsync(platform.As("cli", other).Auth.BootstrapAdministratorAsync(Request()));

        Assert.Equal(ErrorReason.BootstrapRefused, refusal.Reason);
    }

    [Fact]
    public async Task Bootstrap_WithACommonPassword_SaysSoAndMayBeTriedAgain()
    {
        var refusal = await RefusedAsync(platform.As("cli").Auth.BootstrapAdministratorAsync(Request(password: "Password123!")));

        Assert.Equal(ErrorReason.PasswordTooWeak, refusal.Reason);
        await platform.As("cli").Auth.BootstrapAdministratorAsync(Request());
    }

    [Fact]
    public async Task Bootstrap_WhileAuthorizationIsAway_IsFinishedByTheNextCall()
    {
        platform.Authorization.IsAway = true;
        var refusal = await RefusedAsync(platform.As("cli").Auth.BootstrapAdministratorAsync(Request()));
        platform.Authorization.IsAway = false;

        await platform.As("cli").Auth.BootstrapAdministratorAsync(Request());

        Assert.Equal(ErrorReason.DependencyUnavailable, refusal.Reason);
        await platform.As("cli").Auth.SignInAsync(SignIn(AuthPlatform.Administrator));
    }

    [Fact]
    public async Task Crash_BetweenGrantAndAccount_IsFinishedForTheSameUserByTheSameSecretAndName()
    {
        platform.Authorization.LosesAnswers = true;
        await RefusedAsync(platform.As("cli").Auth.BootstrapAdministratorAsync(Request()));
        platform.Authorization.LosesAnswers = false;
        var granted = platform.Authorization.Roles.Single().Key;
        var restarted = await platform.StartReplicaAsync();

        var otherName = await RefusedAsync(platform.As("cli", restarted).Auth.BootstrapAdministratorAsync(Request(username: "somebody-else")));
        var early = await RefusedAsync(platform.As("cli", restarted).Auth.SignInAsync(SignIn(AuthPlatform.Administrator)));
        var answer = await platform.As("cli", restarted).Auth.BootstrapAdministratorAsync(Request(password: "violet anchors drift onwards"));

        Assert.Equal(ErrorReason.BootstrapRefused, otherName.Reason);
        Assert.Equal(ErrorReason.CredentialsInvalid, early.Reason);
        Assert.Equal(granted, answer.UserId);
        await platform.As("cli").Auth.SignInAsync(SignIn(AuthPlatform.Administrator, "violet anchors drift onwards"));
    }

    [Fact]
    public async Task BootstrapRace_OfManyCallersWithOneName_HasOneWinnerAndOneUser()
    {
        var second = await platform.StartReplicaAsync();
        var callers = Enumerable.Range(0, 8).Select(i => platform.As("cli", i % 2 == 0 ? platform.First : second));

        var outcomes = await Task.WhenAll(callers.Select(one => OutcomeAsync(one, Request())));

        Assert.Single(outcomes, ErrorReason.Unspecified);
        Assert.All(outcomes, outcome => Assert.True(outcome is ErrorReason.Unspecified or ErrorReason.BootstrapRefused, outcome.ToString()));
        Assert.Single(platform.Authorization.Roles);
    }

    [Fact]
    public async Task BootstrapRace_OfManyCallersWithManyNames_HasOneWinnerAndOneUser()
    {
        var second = await platform.StartReplicaAsync();
        var callers = Enumerable.Range(0, 8).Select(i => (Clients: platform.As("cli", i % 2 == 0 ? platform.First : second), Name: $"admin-{i}"));

        var outcomes = await Task.WhenAll(callers.Select(one => OutcomeAsync(one.Clients, Request(username: one.Name))));

        Assert.Single(outcomes, ErrorReason.Unspecified);
        Assert.Single(platform.Authorization.Roles);
    }

    [Fact]
    public async Task Bootstrap_WithAnotherAdministratorThere_IsRefused()
    {
        platform.Authorization.Roles["01980000-0000-7000-8000-000000000001"] = "admin";

        var refusal = await RefusedAsync(platform.As("cli").Auth.BootstrapAdministratorAsync(Request()));

        Assert.Equal(ErrorReason.BootstrapRefused, refusal.Reason);
    }

    [Fact]
    public async Task Bootstrap_ByAnApplication_IsRefusedByTheCallerPolicy()
    {
        var refusal = await RefusedAsync(platform.As("webshop").Auth.BootstrapAdministratorAsync(Request()));

        Assert.Equal(ErrorReason.CallerNotAllowed, refusal.Reason);
    }

    private static BootstrapAdministratorRequest Request(
        string secret = AuthPlatform.BootstrapSecret, string username = AuthPlatform.Administrator, string password = AuthPlatform.Password) =>
        new() { Secret = secret, Username = username, Password = password };

    private static async Task<ErrorReason> OutcomeAsync(AuthClients clients, BootstrapAdministratorRequest request)
    {
        try
        {
            await clients.Auth.BootstrapAdministratorAsync(request);
            return ErrorReason.Unspecified;
        }
        catch (RpcException e)
        {
            return McpSecureError.From(e).Reason;
        }
    }
}
