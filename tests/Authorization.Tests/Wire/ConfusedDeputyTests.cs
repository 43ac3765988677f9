using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

/// <summary>A service that acts for a user lends him none of its own rights, and he lends it none of his.</summary>
public sealed class ConfusedDeputyTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>, IAsyncLifetime
{
    private static readonly Common.V1.Principal Webshop = new() { Type = PrincipalType.Service, Id = "webshop" };

    private Guid organization;
    private Guid user;

    public async Task InitializeAsync()
    {
        (organization, _) = await platform.OrganizationAsync();
        user = await platform.MemberAsync(organization, "viewer");
        foreach (var action in (string[])["create", "delete"])
        {
            await platform.As("cli").Organizations.AddMemberAsync(new() { OrganizationId = $"{organization}", Principal = Webshop }, platform.Administrator);
            await platform.As("cli").Grants.GrantPermissionAsync(
                new() { OrganizationId = $"{organization}", Principal = Webshop, Permission = new() { ResourcePattern = "orders/*", ActionPattern = action } },
                platform.Administrator);
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Register_ServiceByItsOwnRights_MakesTheUserTheOwner()
    {
        var webshop = platform.As("webshop").Resources;

        var answer = await webshop.RegisterResourceAsync(Order("orders/1"));

        Assert.Equal((Of(user), $"{organization}"), (answer.Resource.Owner, answer.Resource.OrganizationId));
        Assert.True(await platform.MayAsync(user, "orders/1", "cancel", organization));
        Assert.True(await platform.MayAsync(user, "orders/1/lines/2", "cancel", organization));
        Assert.False(await platform.MayAsync(user, "orders/10", "cancel", organization));
        Assert.False(await platform.MayAsync(user, "orders/1", "cancel"));
        await webshop.UnregisterResourceAsync(new() { OrganizationId = $"{organization}", Resource = "orders/1" });
        Assert.False(await platform.MayAsync(user, "orders/1", "cancel", organization));
    }

    [Fact]
    public async Task Attack_ConfusedDeputy_ServiceForAUser_HasTheUsersRightsAlone()
    {
        var before = await platform.StateAsync();

        var refused = await RefusedAsync(platform.As("webshop").Resources.RegisterResourceAsync(Order("orders/2"), platform.Auth.SignIn(user)));

        Assert.Equal(ErrorReason.PermissionDenied, refused.Reason);
        Assert.Equal(before, await platform.StateAsync());
    }

    // A token that is broken, expired or doubled is not no token.
    [Theory]
    [InlineData("Bearer stolen")]
    [InlineData("Bearer ")]
    [InlineData("Basic dXNlcg==")]
    [InlineData("")]
    public async Task Attack_ConfusedDeputy_BrokenToken_DoesNotFallBackToTheService(string authorization)
    {
        var before = await platform.StateAsync();

        var refused = await RefusedAsync(platform.As("webshop").Resources.RegisterResourceAsync(Order("orders/3"), new Metadata { { "authorization", authorization } }));

        Assert.Contains(refused.Reason, new ErrorReason?[] { ErrorReason.TokenMissing, ErrorReason.TokenInvalid });
        Assert.Equal(before, await platform.StateAsync());
    }

    [Fact]
    public async Task Attack_ConfusedDeputy_CommandLineWithoutAUser_IsNobody() =>
        Assert.Equal(ErrorReason.TokenMissing, (await RefusedAsync(platform.As("cli").Resources.RegisterResourceAsync(Order("orders/4")))).Reason);

    [Fact]
    public async Task Attack_ConfusedDeputy_ServiceElsewhere_HasNoRights()
    {
        var (other, _) = await platform.OrganizationAsync();
        var elsewhere = Order("orders/5");
        elsewhere.OrganizationId = $"{other}";

        var refused = await RefusedAsync(platform.As("webshop").Resources.RegisterResourceAsync(elsewhere));
        elsewhere.OrganizationId = "";
        var onPlatform = await RefusedAsync(platform.As("webshop").Resources.RegisterResourceAsync(elsewhere));

        Assert.Equal((ErrorReason.PermissionDenied, ErrorReason.PermissionDenied), (refused.Reason, onPlatform.Reason));
    }

    // Management stays with people: a service has no second factor.
    [Fact]
    public async Task Attack_ConfusedDeputy_ServiceWithoutAUser_ManagesNothing()
    {
        var webshop = platform.As("webshop");

        Assert.Equal(ErrorReason.TokenMissing, (await RefusedAsync(webshop.Roles.AssignRoleAsync(new() { Principal = Webshop, Role = "admin" }))).Reason);
        Assert.Equal(
            ErrorReason.TokenMissing,
            (await RefusedAsync(webshop.Resources.TransferResourceAsync(new() { OrganizationId = $"{organization}", Resource = "orders/1", Owner = Webshop }))).Reason);
    }

    private RegisterResourceRequest Order(string path) => new() { OrganizationId = $"{organization}", Resource = path, Owner = Of(user) };
}
