using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Passes the gate with tokens of every kind, over a real call.</summary>
public sealed class ActorGateTests : IAsyncLifetime
{
    private readonly TestPki pki = new();
    private readonly TestActors actors = new();
    private readonly ShiftedClock clock = new();
    private ProbeHost host = null!;
    private ProbeClient client = null!;
    private Actor? passed;

    public async Task InitializeAsync()
    {
        host = await ProbeHost.StartAsync(pki, configure: builder =>
        {
            builder.Services.AddSingleton<TimeProvider>(clock);
            builder.Services.AddSingleton<ITokenValidator>(actors);
            builder.Services.AddSingleton<IPermissionChecker>(actors);
            builder.AddActorGate();
        });
        Require(StepUp.Required);
        client = host.As("friend");
    }

    public async Task DisposeAsync()
    {
        client.Dispose();
        await host.DisposeAsync();
        pki.Dispose();
    }

    [Fact]
    public async Task Actor_WithRightAndFreshSecondFactor_Passes()
    {
        var ada = actors.SignIn("ada", "keyrings/x:rotate");

        await CallAsync(ada.Metadata);

        Assert.Equal(ada.Actor, passed);
    }

    [Fact]
    public async Task Call_WithoutAToken_IsRefused() => await CallAsync([]).AssertRefusedAsync(ErrorReason.TokenMissing);

    [Theory]
    [InlineData("Basic YWRhOnB3")]
    [InlineData("Bearer")]
    [InlineData("token")]
    public async Task Call_WithAnotherScheme_IsRefusedAsWithoutAToken(string value) =>
        await CallAsync(new Metadata { { "authorization", value } }).AssertRefusedAsync(ErrorReason.TokenMissing);

    [Fact]
    public async Task Call_WithTwoTokens_IsRefused()
    {
        var ada = actors.SignIn("ada", "*:*");

        await CallAsync(new Metadata { { "authorization", $"Bearer {ada.Token}" }, { "authorization", "Bearer other" } })
            .AssertRefusedAsync(ErrorReason.TokenMissing);
    }

    [Fact]
    public async Task Call_WithARevokedToken_IsRefused()
    {
        var ada = actors.SignIn("ada", "*:*");
        actors.Revoke(ada);

        await CallAsync(ada.Metadata).AssertRefusedAsync(ErrorReason.TokenInvalid);
    }

    [Fact]
    public async Task Actor_WithoutTheRight_IsRefused()
    {
        var error = await CallAsync(actors.SignIn("ada", "keyrings/x:read").Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);

        Assert.Equal(("keyrings/x", "rotate"), (error.Metadata["resource"], error.Metadata["action"]));
    }

    [Fact]
    public async Task Actor_WithAPasswordOnly_MustStepUp() =>
        await CallAsync(actors.SignInWithPasswordOnly("ada", "*:*").Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);

    [Fact]
    public async Task Actor_WithAPasswordOnly_PassesWhereThatIsEnough()
    {
        Require(StepUp.NotRequired);

        await CallAsync(actors.SignInWithPasswordOnly("ada", "*:*").Metadata);

        Assert.Equal("ada", passed!.Username);
    }

    [Fact]
    public async Task Actor_WhoseRightDemandsASecondFactor_MustStepUpWhereTheRpcDoesNot()
    {
        Require(StepUp.NotRequired);

        await CallAsync(actors.SignInWithPasswordOnly("ada", "keyrings/x:rotate:mfa").Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);
        await CallAsync(actors.SignIn("ada", "keyrings/x:rotate:mfa").Metadata);

        Assert.Equal("ada", passed!.Username);
    }

    [Fact]
    public async Task Actor_WhoseSecondFactorIsOld_MustStepUp()
    {
        var ada = actors.SignIn("ada", "*:*");

        clock.Advance(TimeSpan.FromMinutes(16));

        await CallAsync(ada.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);
    }

    [Fact]
    public async Task Gate_ThatCannotDecide_SaysUnavailable()
    {
        var ada = actors.SignIn("ada", "*:*");
        actors.AreAway = true;

        var error = await CallAsync(ada.Metadata).AssertRefusedAsync(ErrorReason.DependencyUnavailable);

        Assert.Equal(StatusCode.Unavailable, error.Status);
        Assert.Null(passed);
    }

    private void Require(StepUp stepUp) => host.Actions.Act = async (_, context) =>
    {
        passed = await host.App.Services.GetRequiredService<ActorGate>().RequireAsync(context, "keyrings/x", "rotate", stepUp);
        return new EchoResponse();
    };

    private Task<EchoResponse> CallAsync(Metadata metadata) => client.Probe.ActAsync(new EchoRequest(), metadata).ResponseAsync;
}
