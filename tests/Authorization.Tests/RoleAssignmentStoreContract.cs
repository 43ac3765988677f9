using McpSecure.Audit.V1;

namespace McpSecure.Authorization.Tests;

/// <summary>What every store of role assignments promises. Each test begins with an empty one.</summary>
public abstract class RoleAssignmentStoreContract
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken None = CancellationToken.None;

    private static int lastUser;

    private readonly Principal grantor = NewUser();

    private protected abstract IRoleAssignmentStore Store { get; }

    /// <summary>Lists the audit events that were committed, in order.</summary>
    private protected abstract Task<IReadOnlyList<AuditEvent>> EventsAsync();

    [Fact]
    public async Task Assign_NewRole_IsHeldAndRecordedWithBeforeAndAfter()
    {
        var user = NewUser();
        await AssignAsync(user, "viewer");

        var result = Assert.IsType<AssignResult.Held>(await AssignAsync(user, "developer"));

        Assert.True(result.IsNew);
        Assert.Equal(new RoleAssignment(user, "developer", Now), result.Assignment);
        Assert.Equal(["developer", "viewer"], (await Store.ListAsync(user, None)).Select(held => held.Role));
        var told = (await EventsAsync())[^1];
        Assert.Equal(("viewer", "developer viewer"), (told.Attributes["before"], told.Attributes["after"]));
    }

    [Fact]
    public async Task Assign_RoleHeldAlready_StaysAsItIsAndIsNotRecorded()
    {
        var user = NewUser();
        await AssignAsync(user, "viewer");
        var events = (await EventsAsync()).Count;

        var result = Assert.IsType<AssignResult.Held>(await AssignAsync(user, "viewer", at: Now.AddDays(1)));

        Assert.False(result.IsNew);
        Assert.Equal(Now, result.Assignment.AssignedAt);
        Assert.Equal(events, (await EventsAsync()).Count);
    }

    [Fact]
    public async Task Assign_ManyAtOnce_HoldsTheRoleOnce()
    {
        var user = NewUser();

        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => AssignAsync(user, "viewer"))));

        Assert.Single(results, result => result is AssignResult.Held { IsNew: true });
        Assert.Single(await Store.ListAsync(user, None));
    }

    [Fact]
    public async Task Assign_BeyondGrantor_ChangesNothing()
    {
        var user = NewUser();
        var events = (await EventsAsync()).Count;

        var result = await Store.AssignAsync(Order(user, "viewer", isWithin: _ => false), None);

        Assert.IsType<AssignResult.BeyondGrantor>(result);
        Assert.Empty(await Store.ListAsync(user, None));
        Assert.Equal(events, (await EventsAsync()).Count);
    }

    [Fact]
    public async Task Assign_Grantor_IsJudgedByTheRightsHeNowHas()
    {
        await AssignAsync(grantor, "developer");
        Rights? seen = null;

        await Store.AssignAsync(Order(NewUser(), "viewer", isWithin: rights => (seen = rights) is not null), None);

        Assert.Equal(["developer"], seen!.Value.RoleNames);
    }

    [Fact]
    public async Task Assign_EventCannotBeMade_ChangesNothing()
    {
        var user = NewUser();

        await Assert.ThrowsAsync<InvalidOperationException>(() =>
            Store.AssignAsync(Order(user, "viewer") with { Describe = _ => throw new InvalidOperationException() }, None));

        Assert.Empty(await Store.ListAsync(user, None));
    }

    [Fact]
    public async Task Assign_SameIdOfAnotherKind_IsAnotherPrincipal()
    {
        var user = NewUser();
        await AssignAsync(user, "viewer");

        Assert.Empty(await Store.ListAsync(Principal.Of(PrincipalKind.ApiKey, user.Id)!.Value, None));
    }

    [Fact]
    public async Task Unassign_HeldRole_IsTakenAndRecorded()
    {
        var user = NewUser();
        await AssignAsync(user, "viewer");

        Assert.Equal(UnassignResult.Unassigned, await UnassignAsync(user, "viewer"));

        Assert.Empty(await Store.ListAsync(user, None));
        var told = (await EventsAsync())[^1];
        Assert.Equal(("viewer", ""), (told.Attributes["before"], told.Attributes["after"]));
    }

    [Fact]
    public async Task Unassign_Twice_SecondFindsNothing()
    {
        var user = NewUser();
        await AssignAsync(user, "viewer");
        await UnassignAsync(user, "viewer");

        Assert.Equal(UnassignResult.NotHeld, await UnassignAsync(user, "viewer"));
    }

    [Fact]
    public async Task Unassign_BeyondGrantor_ReadsTheSameWhetherHeldOrNot()
    {
        var holder = NewUser();
        await AssignAsync(holder, "viewer");

        Assert.Equal(UnassignResult.BeyondGrantor, await Store.UnassignAsync(Order(holder, "viewer", isWithin: _ => false), None));
        Assert.Equal(UnassignResult.BeyondGrantor, await Store.UnassignAsync(Order(NewUser(), "viewer", isWithin: _ => false), None));
        Assert.NotEmpty(await Store.ListAsync(holder, None));
    }

    [Fact]
    public async Task FirstAdministrator_NobodyThere_IsGrantedOnceAndIsIdempotent()
    {
        var user = NewUser();

        Assert.Equal(FirstAdministratorResult.Granted, await FirstAsync(user));
        Assert.Equal(FirstAdministratorResult.IsAdministratorAlready, await FirstAsync(user));
        Assert.Equal(FirstAdministratorResult.AnotherExists, await FirstAsync(NewUser()));
        Assert.Single(await Store.ListAsync(user, None));
    }

    [Fact]
    public async Task Attack_FirstAdministratorRace_OneOfManyWins()
    {
        var users = Enumerable.Range(0, 20).Select(_ => NewUser()).ToArray();

        var results = await Task.WhenAll(users.Select(user => Task.Run(() => FirstAsync(user))));

        Assert.Single(results, result => result == FirstAdministratorResult.Granted);
        Assert.Equal(19, results.Count(result => result == FirstAdministratorResult.AnotherExists));
    }

    // A second administrator ends bootstrapping for the first one too: only "nobody else" is bootstrapping.
    [Fact]
    public async Task FirstAdministrator_OthersAreThere_IsRefusedEvenToAnAdministrator()
    {
        var user = NewUser();
        await FirstAsync(user);
        await AssignAsync(NewUser(), BuiltInRoles.Administrator);

        Assert.Equal(FirstAdministratorResult.AnotherExists, await FirstAsync(user));
    }

    [Fact]
    public async Task Unassign_LastAdministrator_IsRefused()
    {
        var user = NewUser();
        await FirstAsync(user);

        Assert.Equal(UnassignResult.LastAdministrator, await UnassignAsync(user, BuiltInRoles.Administrator));
        Assert.Single(await Store.ListAsync(user, None));
    }

    // A service or a key that holds the role cannot sign in and mend things.
    [Fact]
    public async Task Unassign_LastUserAmongOtherPrincipals_IsRefused()
    {
        var user = NewUser();
        await FirstAsync(user);
        var service = Principal.Of(PrincipalKind.Service, "deployer")!.Value;
        await AssignAsync(service, BuiltInRoles.Administrator);

        Assert.Equal(UnassignResult.LastAdministrator, await UnassignAsync(user, BuiltInRoles.Administrator));
        Assert.Equal(UnassignResult.Unassigned, await UnassignAsync(service, BuiltInRoles.Administrator));
    }

    [Fact]
    public async Task Attack_LastAdministratorRace_OneAdministratorRemains()
    {
        var users = Enumerable.Range(0, 12).Select(_ => NewUser()).ToArray();
        foreach (var user in users)
        {
            await AssignAsync(user, BuiltInRoles.Administrator);
        }

        var results = await Task.WhenAll(users.Select(user => Task.Run(() => UnassignAsync(user, BuiltInRoles.Administrator))));

        Assert.Equal(11, results.Count(result => result == UnassignResult.Unassigned));
        Assert.Single(results, result => result == UnassignResult.LastAdministrator);
    }

    private Task<AssignResult> AssignAsync(Principal principal, string role, DateTimeOffset? at = null) =>
        Store.AssignAsync(Order(principal, role) with { At = at ?? Now }, None);

    private Task<UnassignResult> UnassignAsync(Principal principal, string role) => Store.UnassignAsync(Order(principal, role), None);

    private Task<FirstAdministratorResult> FirstAsync(Principal user) =>
        Store.AssignFirstAdministratorAsync(Guid.Parse(user.Id), Now, Describe, None);

    private static Principal NewUser() =>
        Principal.User(new Guid(Interlocked.Increment(ref lastUser), 1, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 0]));

    private RoleOrder Order(Principal principal, string role, Func<Rights, bool>? isWithin = null) =>
        new(principal, role, grantor, isWithin ?? (_ => true), Now, Describe);

    private static AuditEvent Describe(RolesChanged changed) => new()
    {
        EventId = Guid.CreateVersion7(Now).ToString(),
        Attributes = { ["before"] = string.Join(' ', changed.Before), ["after"] = string.Join(' ', changed.After) },
    };
}
