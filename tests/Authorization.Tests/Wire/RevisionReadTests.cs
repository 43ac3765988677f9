using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using static McpSecure.Authorization.Tests.AuthorizationPlatform;

namespace McpSecure.Authorization.Tests;

/// <summary>What a caller was told is done is heeded wherever he says so, whatever becomes of the invalidation channel; and nobody steers memory by it.</summary>
public sealed class RevisionReadTests(AuthorizationPlatform platform) : IClassFixture<AuthorizationPlatform>
{
    // The replica hears its own echo on a Redis of its own, so that it trusts a channel on which nobody else speaks.
    [Fact]
    public async Task Attack_LostInvalidationChannel_AtLeastRevision_ReadsThroughAMemoryThatIsStale()
    {
        await using var apart = await RedisServer.StartNewAsync();
        var clients = platform.As("webshop", await platform.StartReplicaAsync(redis: apart));
        var user = await platform.UserAsync("viewer");
        var request = new V1.CheckPermissionRequest { Question = Question(user, "servers", "use") };
        Assert.True((await clients.Decisions.CheckPermissionAsync(request)).Allowed);

        var taken = await platform.As("cli").Roles.UnassignRoleAsync(new() { Principal = Of(user), Role = "viewer" }, platform.Administrator);
        request.AtLeastRevision = taken.Revision;
        var answer = await clients.Decisions.CheckPermissionAsync(request);

        Assert.False(answer.Allowed);
        Assert.True(Revision.Parse(answer.Revision, null) >= Revision.Parse(taken.Revision, null));
    }

    [Fact]
    public async Task Attack_LostInvalidationChannel_RolesOfAnOrganization_AreReadThroughToo()
    {
        await using var apart = await RedisServer.StartNewAsync();
        var clients = platform.As("webshop", await platform.StartReplicaAsync(redis: apart));
        var (organization, _) = await platform.OrganizationAsync();
        var roles = platform.As("cli").Roles;
        var made = await roles.CreateRoleAsync(
            new() { OrganizationId = $"{organization}", Name = "team", Definition = new() { Permissions = { new V1.Permission { ResourcePattern = "wiki", ActionPattern = "edit" } } } },
            platform.Administrator);
        var user = await platform.MemberAsync(organization, "team");
        var request = new V1.CheckPermissionRequest { Question = Question(user, "wiki", "edit") };
        request.Question.OrganizationId = $"{organization}";
        Assert.True((await clients.Decisions.CheckPermissionAsync(request)).Allowed);

        var changed = await roles.UpdateRoleAsync(
            new() { OrganizationId = $"{organization}", Name = "team", ExpectedRevision = made.Role.Revision, Definition = new() }, platform.Administrator);
        request.AtLeastRevision = changed.Revision;

        Assert.False((await clients.Decisions.CheckPermissionAsync(request)).Allowed);
    }

    [Theory]
    [InlineData("r1.7fffffffffffffff", ErrorReason.RevisionUnknown)]
    [InlineData("1", ErrorReason.FieldInvalid)]
    [InlineData("r1.00", ErrorReason.FieldInvalid)]
    public async Task Check_RevisionThatWasNotTold_IsRefused(string revision, ErrorReason reason)
    {
        var question = Question(Guid.Empty, "servers", "read");

        var check = await RefusedAsync(platform.As("webshop").Decisions.CheckPermissionAsync(new() { Question = question, AtLeastRevision = revision }));
        var many = await RefusedAsync(platform.As("webshop").Decisions.CheckPermissionsAsync(new() { Questions = { question }, AtLeastRevision = revision }));
        var who = await RefusedAsync(platform.As("webshop").Decisions.ListAllowedPrincipalsAsync(new() { Resource = "servers", Action = "read", AtLeastRevision = revision }));

        Assert.Equal((reason, reason, reason), (check.Reason, many.Reason, who.Reason));
    }

    // Whoever can speak on the channel can make replicas read again, and nothing else: no message carries a right.
    [Theory]
    [InlineData("{0}")]
    [InlineData("{0}\nadmin")]
    [InlineData("user/{1}/admin")]
    [InlineData("")]
    [InlineData("*")]
    public async Task Attack_CachePoisoning_ForgedInvalidations_OnlyMakeReplicasReadAgain(string forged)
    {
        var (user, stranger) = (await platform.UserAsync("viewer"), await platform.UserAsync());
        var second = platform.As("webshop", platform.Second);
        Assert.True(await MayAsync(second, user));
        Assert.False(await MayAsync(second, stranger));

        var key = forged.Replace("{0}", Principal.User(user).ToString(), StringComparison.Ordinal).Replace("{1}", user.ToString(), StringComparison.Ordinal);
        var forger = platform.First.Services.GetRequiredService<InvalidationChannel>();
        await forger.PublishAsync(RightsReader.Topic, key);
        await forger.PublishAsync(RightsReader.RolesTopic, key);

        Assert.True(await MayAsync(second, user));
        Assert.False(await MayAsync(second, stranger));
    }

    [Fact]
    public async Task Attack_ClockJumps_WhatHasExpiredIsNotBroughtBack()
    {
        var user = await platform.UserAsync();
        var clock = new FakeClock();
        await platform.ExecuteAsync(
            $"""
            INSERT INTO role_assignments (id, principal_kind, principal_id, role, assigned_at, expires_at)
            VALUES ('{user}', 1, '{user}', 'viewer', now(), '{clock.GetUtcNow().AddMinutes(1):O}')
            """);
        await using var database = NpgsqlDataSource.Create(platform.Database);
        using var reader = new RightsReader(new(database), new InvalidationChannel(clock, NullLogger<InvalidationChannel>.Instance), clock);
        Assert.True(await HoldsAsync());

        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.False(await HoldsAsync());
        clock.StepWallClock(TimeSpan.FromHours(-1));
        Assert.False(await HoldsAsync());

        async Task<bool> HoldsAsync() => (await reader.ReadAsync(Principal.User(user), null, default, CancellationToken.None)).RoleNames.Count > 0;
    }

    // In memory too: an entry ends with the first thing in it that does.
    [Fact]
    public async Task Check_GrantThatEnds_IsDeniedFromThenOn()
    {
        var user = await platform.UserAsync();
        await platform.ExecuteAsync(
            $"""
            INSERT INTO grants (id, principal_kind, principal_id, resource_pattern, action_pattern, effect, second_factor, created_at, expires_at)
            VALUES ('{user}', 1, '{user}', 'servers', 'read', 1, false, now(), now() + interval '2 seconds')
            """);
        var clients = platform.As("webshop");
        Assert.True(await MayAsync(clients, user));

        await platform.First.WaitUntilAsync(async () => !await MayAsync(clients, user));
    }

    // The right to ask is the asking service's; what is answered is about whom is asked.
    [Fact]
    public async Task Attack_ConfusedDeputy_WhatTheAskingServiceHolds_IsNotWhatTheUserHolds()
    {
        var user = await platform.UserAsync();
        var webshop = new Common.V1.Principal { Type = PrincipalType.Service, Id = "webshop" };
        await platform.As("cli").Roles.AssignRoleAsync(new() { Principal = webshop, Role = "developer" }, platform.Administrator);
        var aboutItself = Question(user, "servers", "update");
        aboutItself.Principal = webshop;
        var decisions = platform.As("webshop").Decisions;

        Assert.True((await decisions.CheckPermissionAsync(new() { Question = aboutItself })).Allowed);
        Assert.False((await decisions.CheckPermissionAsync(new() { Question = Question(user, "servers", "update") })).Allowed);
    }

    [Fact]
    public async Task Attack_ConfusedDeputy_NarrowedKey_DoesNotGetAllThatItsOwnerMay()
    {
        var owner = await platform.UserAsync("developer");
        var question = Question(owner, "servers/a", "update");
        question.NarrowedTo.Add(new V1.PermissionPattern { ResourcePattern = "servers/*", ActionPattern = "read" });
        var decisions = platform.As("webshop").Decisions;

        var answer = await decisions.ExplainPermissionAsync(new() { Question = question });
        question.Action = "read";

        Assert.Equal(V1.DecisionReason.Narrowed, answer.Reason);
        Assert.True((await decisions.CheckPermissionAsync(new() { Question = question })).Allowed);
    }

    [Fact]
    public async Task Attack_IdorAcrossOrganizations_AnothersOrganizationReadsAsOneThatIsNotThere()
    {
        var (own, administrator) = await platform.OrganizationAsync();
        var (theirs, _) = await platform.OrganizationAsync();
        var decisions = platform.As("webshop").Decisions;
        V1.ExplainPermissionRequest In(Guid organization)
        {
            var question = Question(administrator, "servers/secret", "read");
            question.OrganizationId = $"{organization}";
            return new() { Question = question };
        }

        var mine = await decisions.ExplainPermissionAsync(In(own));
        var notMine = await decisions.ExplainPermissionAsync(In(theirs));
        var notThere = await decisions.ExplainPermissionAsync(In(Guid.CreateVersion7(TimeProvider.System.GetUtcNow())));

        Assert.True(mine.Allowed);
        Assert.Equal((false, V1.DecisionReason.NoRule), (notMine.Allowed, notMine.Reason));
        Assert.Equal((notThere.Allowed, notThere.Reason, notThere.Roles.Count), (notMine.Allowed, notMine.Reason, notMine.Roles.Count));
    }

    private static async Task<bool> MayAsync(Clients clients, Guid user) =>
        (await clients.Decisions.CheckPermissionAsync(new() { Question = Question(user, "servers", "read") })).Allowed;
}
