using System.Diagnostics;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

public sealed class ReplicaTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    private static readonly TimeSpan WithinASecond = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task Assign_OnOneReplica_ShowsOnTheOtherWithinASecond()
    {
        var user = await platform.UserAsync();
        var second = platform.As("webshop", platform.Second);
        Assert.False(await MayAsync(second, user));

        await platform.As("cli").Roles.AssignRoleAsync(new() { Principal = Of(user), Role = "viewer" }, platform.Administrator);

        Assert.InRange(await UntilAsync(second, user, allowed: true), TimeSpan.Zero, WithinASecond);
    }

    [Fact]
    public async Task Unassign_OnOneReplica_IsDeniedOnTheOtherWithinASecond()
    {
        var user = await platform.UserAsync("viewer");
        var second = platform.As("webshop", platform.Second);
        Assert.True(await MayAsync(second, user));

        await platform.As("cli").Roles.UnassignRoleAsync(new() { Principal = Of(user), Role = "viewer" }, platform.Administrator);

        Assert.InRange(await UntilAsync(second, user, allowed: false), TimeSpan.Zero, WithinASecond);
    }

    [Fact]
    public async Task Check_Warm_ReadsNothing()
    {
        var user = await platform.UserAsync("viewer");
        var first = platform.As("webshop");
        Assert.True(await MayAsync(first, user));

        // Behind the service's back: only who reads would see it.
        await platform.ExecuteAsync($"DELETE FROM role_assignments WHERE principal_id = '{user}'");

        Assert.True(await MayAsync(first, user));
        await platform.First.Services.GetRequiredService<RightsReader>().ForgetAsync(Principal.User(user));
        Assert.False(await MayAsync(first, user));
    }

    [Fact]
    public async Task Attack_LostInvalidationChannel_NothingIsAnsweredFromMemory()
    {
        await using var redis = await RedisServer.StartNewAsync();
        var replica = await platform.StartReplicaAsync(redis: redis);
        var user = await platform.UserAsync("viewer");
        var clients = platform.As("webshop", replica);
        Assert.True(await MayAsync(clients, user));

        await redis.StopAsync();
        await replica.WaitUntilAsync(() => Task.FromResult(!replica.Services.GetRequiredService<InvalidationChannel>().IsLive));
        await platform.ExecuteAsync($"DELETE FROM role_assignments WHERE principal_id = '{user}'");

        Assert.False(await MayAsync(clients, user));
    }

    [Fact]
    public async Task Check_DatabaseAway_IsUnavailableAndRecoversByItself()
    {
        await using var postgres = await PostgresServer.StartNewAsync();
        var replica = await platform.StartReplicaAsync(database: await postgres.CreateDatabaseAsync());
        var clients = platform.As("webshop", replica);
        var user = await platform.UserAsync();
        Assert.False(await MayAsync(clients, user));

        await postgres.KillAsync();
        await replica.Services.GetRequiredService<RightsReader>().ForgetAsync(Principal.User(user));
        var refused = await RefusedAsync(clients.Decisions.CheckPermissionAsync(new() { Question = Question(user, "servers", "read") }));
        await postgres.StartAsync();

        Assert.Equal(ErrorReason.DependencyUnavailable, refused.Reason);
        await replica.WaitUntilAsync(async () => await AnswersAsync(clients, user));
    }

    private static async Task<bool> MayAsync(AuthorizationPlatform.Clients clients, Guid user) =>
        (await clients.Decisions.CheckPermissionAsync(new() { Question = Question(user, "servers", "read") })).Allowed;

    private static async Task<bool> AnswersAsync(AuthorizationPlatform.Clients clients, Guid user)
    {
        try
        {
            await MayAsync(clients, user);
            return true;
        }
        catch (Grpc.Core.RpcException)
        {
            return false;
        }
    }

    private static async Task<TimeSpan> UntilAsync(AuthorizationPlatform.Clients clients, Guid user, bool allowed)
    {
        var begun = Stopwatch.GetTimestamp();
        while (await MayAsync(clients, user) != allowed && Stopwatch.GetElapsedTime(begun) < TimeSpan.FromSeconds(10))
        {
            await Task.Delay(5);
        }

        return Stopwatch.GetElapsedTime(begun);
    }
}
