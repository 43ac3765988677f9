using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

public sealed class ResourceTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    [Fact]
    public async Task Story_Resource_IsRegisteredListedAndTransferred()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (owner, heir, resources) = (await platform.MemberAsync(id, "developer"), await platform.MemberAsync(id), platform.As("cli").Resources);
        var (own, request) = (platform.Auth.SignIn(owner), new RegisterResourceRequest { OrganizationId = $"{id}", Resource = "servers/weather" });

        var made = await resources.RegisterResourceAsync(request, own);
        Assert.Equal(made, await resources.RegisterResourceAsync(request, own));
        await resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather/tools" }, own);
        await resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather-2" }, platform.Auth.SignIn(administrator));
        Assert.True(await platform.MayAsync(owner, "servers/weather/tools/x", "delete", id));
        Assert.Equal(made.Resource, (await resources.GetResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather" }, own)).Resource);
        var first = await resources.ListResourcesAsync(new() { OrganizationId = $"{id}", PageSize = 2 }, platform.Administrator);
        var rest = await resources.ListResourcesAsync(new() { OrganizationId = $"{id}", PageSize = 2, PageToken = first.NextPageToken }, platform.Administrator);
        Assert.Equal(["servers/weather", "servers/weather-2", "servers/weather/tools"], first.Resources.Concat(rest.Resources).Select(resource => resource.Resource_));
        Assert.Equal(2, (await resources.ListResourcesAsync(new() { OrganizationId = $"{id}", Owner = Of(owner) }, own)).Resources.Count);
        Assert.Equal(ErrorReason.PermissionDenied, (await RefusedAsync(resources.ListResourcesAsync(new() { OrganizationId = $"{id}" }, own))).Reason);

        var given = await resources.TransferResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather", Owner = Of(heir) }, own);
        Assert.Equal(Of(heir), given.Resource.Owner);
        Assert.True(await platform.MayAsync(heir, "servers/weather/tools", "delete", id));
        Assert.False(await platform.MayAsync(owner, "servers/weather", "delete", id));
        Assert.True(await platform.MayAsync(owner, "servers/weather/tools", "delete", id));
        Assert.Equal(
            ErrorReason.PermissionDenied,
            (await RefusedAsync(resources.TransferResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather", Owner = Of(owner) }, own))).Reason);
        var told = await platform.AuditLog.FindAsync(Events.ResourceTransferred, told => told.OrganizationId == $"{id}");
        Assert.Equal(($"user/{owner}", $"user/{heir}"), (told.Attributes["before"], told.Attributes["after"]));
    }

    // Denied, an owner does not pass on what he is denied himself.
    [Fact]
    public async Task Transfer_ByADeniedOwner_IsRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        var (owner, cli) = (await platform.MemberAsync(id, "developer"), platform.As("cli"));
        await cli.Resources.RegisterResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/weather" }, platform.Auth.SignIn(owner));
        await cli.Grants.GrantPermissionAsync(
            new() { OrganizationId = $"{id}", Principal = Of(owner), Permission = new() { ResourcePattern = "servers/*", ActionPattern = "delete", Effect = V1.Effect.Deny } },
            platform.Auth.SignIn(administrator));

        var refused = await RefusedAsync(cli.Resources.TransferResourceAsync(
            new() { OrganizationId = $"{id}", Resource = "servers/weather", Owner = Of(administrator) }, platform.Auth.SignIn(owner)));

        Assert.Equal(ErrorReason.GrantExceedsGrantor, refused.Reason);
    }

    [Fact]
    public async Task Register_BeyondTenThousand_IsRefused()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        await platform.ExecuteAsync(
            $"""
            INSERT INTO resources (id, organization_id, resource, owner_kind, owner_id, registered_at)
            SELECT gen_random_uuid(), '{id}', 'servers/s' || i, 1, '{administrator}', now() FROM generate_series(1, 10000) i
            """);

        var refused = await RefusedAsync(platform.As("cli").Resources.RegisterResourceAsync(
            new() { OrganizationId = $"{id}", Resource = "servers/one-more" }, platform.Auth.SignIn(administrator)));

        Assert.Equal(ErrorReason.RightsLimitReached, refused.Reason);
    }

    // The same path on the platform is another resource.
    [Fact]
    public async Task Register_OnThePlatform_CountsThereAlone()
    {
        var (id, administrator) = await platform.OrganizationAsync();
        await platform.As("cli").Resources.RegisterResourceAsync(new() { Resource = "servers/shared", Owner = Of(administrator) }, platform.Administrator);

        Assert.True(await platform.MayAsync(administrator, "servers/shared", "anything"));
        Assert.False(await platform.MayAsync(await platform.MemberAsync(id), "servers/shared", "anything", id));
        Assert.Equal(
            ErrorReason.ResourceNotFound,
            (await RefusedAsync(platform.As("cli").Resources.GetResourceAsync(new() { OrganizationId = $"{id}", Resource = "servers/shared" }, platform.Administrator))).Reason);
    }
}
