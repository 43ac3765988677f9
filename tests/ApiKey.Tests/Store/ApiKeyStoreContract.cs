using System.Net;
using McpSecure.Audit.V1;

namespace McpSecure.ApiKey.Tests;

/// <summary>What every store of API keys promises. Each test begins with an empty one.</summary>
public abstract class ApiKeyStoreContract
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Owner = new("0190b5a1-0000-7000-8000-000000000001");
    private static readonly Guid AnotherOwner = new("0190b5a1-0000-7000-8000-000000000002");
    private static readonly Guid Organization = new("0190b5a1-0000-7000-8000-0000000000a1");
    private static readonly Guid AnotherOrganization = new("0190b5a1-0000-7000-8000-0000000000a2");
    private static readonly KeyLimits Wide = new(100, 100);
    private static readonly CancellationToken None = CancellationToken.None;

    private protected abstract IApiKeyStore Store { get; }

    /// <summary>Lists the ids of the audit events that were committed, in order.</summary>
    private protected abstract Task<IReadOnlyList<string>> EventsAsync();

    [Fact]
    public async Task Add_Key_IsFoundAsItWasGivenWithItsEvent()
    {
        var key = NewKey(expiresAt: Now.AddDays(1)) with
        {
            OrganizationId = Organization,
            Permissions = [KeyPermission.Of("servers/*", "read"), KeyPermission.Of("tools", "[!d]*")],
            AllowedNetworks = [IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("2001:db8::/32"), IPNetwork.Parse("203.0.113.7/32")],
            RateLimit = new(100, TimeSpan.FromSeconds(1.5), 20),
            Metadata = new Dictionary<string, string> { ["team"] = "\"red\"" },
        };
        var told = NewEvent();

        AssertSame(key, Assert.IsType<AddResult.Added>(await Store.AddAsync(key, new(1, 1), told, None)).Key);
        var found = await Store.FindAsync(key.Id, None);
        AssertSame(key, found);
        Assert.Equal(key.Permissions, found!.Permissions);
        Assert.Equal([told.EventId], await EventsAsync());
    }

    [Fact]
    public async Task Find_UnknownId_IsNull() => Assert.Null(await Store.FindAsync(ApiKeyId.New(Now), None));

    [Fact]
    public async Task Add_AtTheLimit_IsRefusedWithoutAnEvent()
    {
        await AddAsync(NewKey() with { OrganizationId = Organization });

        Assert.IsType<AddResult.OwnerIsFull>(await Store.AddAsync(NewKey(), new(1, 9), NewEvent(), None));
        Assert.IsType<AddResult.OrganizationIsFull>(await Store.AddAsync(NewKey(owner: AnotherOwner) with { OrganizationId = Organization }, new(9, 1), NewEvent(), None));
        Assert.IsType<AddResult.Added>(await Store.AddAsync(NewKey(owner: AnotherOwner), new(1, 1), NewEvent(), None));
        Assert.Equal(2, (await EventsAsync()).Count);
    }

    [Fact]
    public async Task Add_RevokedExpiredAndRotatedKeys_DoNotCount()
    {
        var revoked = NewKey();
        await AddAsync(revoked);
        await RevokeAsync(revoked.Id, Now);
        await AddAsync(NewKey(expiresAt: Now));
        var rotated = NewKey();
        await AddAsync(rotated);
        await SucceedAsync(rotated, NewKey(expiresAt: Now));

        Assert.Equal(0, await Store.CountLiveAsync(Owner, Now, None));
        Assert.IsType<AddResult.Added>(await Store.AddAsync(NewKey(), new(1, 1), NewEvent(), None));
        Assert.Equal(1, await Store.CountLiveAsync(Owner, Now, None));
    }

    [Fact]
    public async Task Attack_ParallelUse_ManyAtOnceDoNotPassTheLimit()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Task.Run(() => Store.AddAsync(
            NewKey(i % 2 == 0 ? Owner : AnotherOwner) with { OrganizationId = Organization }, new(5, 7), NewEvent(), None))));

        Assert.Equal(7, added.Count(result => result is AddResult.Added));
        Assert.InRange(await Store.CountLiveAsync(Owner, Now, None), 2, 5);
        Assert.Equal(7, (await EventsAsync()).Count);
    }

    [Fact]
    public async Task Change_Key_IsKeptWithItsEvent()
    {
        var key = NewKey();
        await AddAsync(key);
        var changed = key with
        {
            Name = "server",
            Scopes = ["mcp:read"],
            ExpiresAt = Now.AddDays(2),
            Permissions = [KeyPermission.Of("a", "b")],
            AllowedNetworks = [IPNetwork.Parse("10.0.0.0/8")],
            RateLimit = new(1, TimeSpan.FromHours(1), 1),
            Metadata = new Dictionary<string, string> { ["a"] = "b" },
            DisabledAt = Now,
            DisabledBy = Owner,
            SecretHash = new("$2a$12$y"),
        };
        var told = NewEvent();

        var result = await Store.ChangeAsync(RowScope.OfOwner(Owner), key.Id, _ => new(changed, told), None);

        AssertSame(key, result!.Value.Before);
        AssertSame(changed, result.Value.After);
        AssertSame(changed, await Store.FindAsync(key.Id, None));
        Assert.Equal(told.EventId, (await EventsAsync())[^1]);
    }

    [Fact]
    public async Task Change_LeftOrRefused_ChangesNothing()
    {
        var key = NewKey();
        await AddAsync(key);

        await Store.ChangeAsync(RowScope.OfOwner(Owner), key.Id, _ => null, None);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Store.ChangeAsync(RowScope.OfOwner(Owner), key.Id, _ => throw new InvalidOperationException(), None));

        AssertSame(key, await Store.FindAsync(key.Id, None));
        Assert.Single(await EventsAsync());
    }

    [Fact]
    public async Task Change_OutsideOfTheScope_FindsNothing()
    {
        var key = NewKey() with { OrganizationId = Organization };
        await AddAsync(key);

        Assert.Null(await TryRenameAsync(RowScope.OfOwner(AnotherOwner), key));
        Assert.Null(await TryRenameAsync(RowScope.OfOwner(AnotherOwner, AnotherOrganization), key));
        Assert.Null(await TryRenameAsync(RowScope.OfOrganization(AnotherOrganization), key));
        Assert.Null(await TryRenameAsync(RowScope.OfKey(ApiKeyId.New(Now)), key));
        Assert.Equal("laptop", (await Store.FindAsync(key.Id, None))!.Name);
        Assert.NotNull(await TryRenameAsync(RowScope.OfOrganization(Organization), key));
        Assert.NotNull(await TryRenameAsync(RowScope.OfKey(key.Id), key));
        Assert.NotNull(await TryRenameAsync(RowScope.Administrator, key));
    }

    [Fact]
    public async Task Change_ManyAtOnce_EachSeesTheOneBefore()
    {
        var key = NewKey();
        await AddAsync(key);

        var revoked = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => RevokeAsync(key.Id, Now))));

        Assert.Single(revoked, result => result!.Value.Before.RevokedAt is null);
        Assert.Equal(2, (await EventsAsync()).Count);
    }

    [Fact]
    public async Task Succeed_ManyAtOnce_OneDoes()
    {
        var key = NewKey();
        await AddAsync(key);

        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => SucceedAsync(key, NewKey()))));

        Assert.Single(results, result => result is SuccessionResult.Succeeded);
        Assert.Equal(9, results.Count(result => result is SuccessionResult.Left));
        Assert.Equal(1, await Store.CountLiveAsync(Owner, Now, None));
        Assert.Equal(1 + 2, (await EventsAsync()).Count);
    }

    [Fact]
    public async Task Succeed_TwiceTheLimit_IsRefused()
    {
        var key = NewKey();
        await AddAsync(key);
        for (var i = 0; i < 3; i++)
        {
            var next = NewKey();
            Assert.IsType<SuccessionResult.Succeeded>(await SucceedAsync(key, next, new(2, 9)));
            key = next;
        }

        Assert.IsType<SuccessionResult.Full>(await SucceedAsync(key, NewKey(), new(2, 9)));
        Assert.Null((await Store.FindAsync(key.Id, None))!.SuccessorId);
    }

    [Fact]
    public async Task RevokeAll_Owner_EndsHisAndNobodyElses()
    {
        var (his, hers) = (NewKey(), NewKey(AnotherOwner));
        await AddAsync(his);
        await AddAsync(NewKey() with { OrganizationId = Organization });
        await AddAsync(hers);

        var revoked = await RevokeAllAsync(RowScope.OfOwner(Owner));

        Assert.Equal(2, revoked.Count);
        Assert.NotNull((await Store.FindAsync(his.Id, None))!.RevokedAt);
        Assert.Null((await Store.FindAsync(hers.Id, None))!.RevokedAt);
        Assert.Equal(3 + 2 + 1, (await EventsAsync()).Count);
        Assert.Empty(await RevokeAllAsync(RowScope.OfOwner(Owner)));
    }

    [Fact]
    public async Task RevokeAll_Organization_EndsItsOwn()
    {
        await AddAsync(NewKey());
        await AddAsync(NewKey() with { OrganizationId = Organization });
        await AddAsync(NewKey(AnotherOwner) with { OrganizationId = Organization });
        await AddAsync(NewKey(AnotherOwner) with { OrganizationId = AnotherOrganization });

        Assert.All(await RevokeAllAsync(RowScope.OfOrganization(Organization)), key => Assert.Equal(Organization, key.OrganizationId));
        Assert.Equal(1, await Store.CountLiveAsync(Owner, Now, None));
        Assert.Equal(1, await Store.CountLiveAsync(AnotherOwner, Now, None));
    }

    [Fact]
    public async Task RevokeAll_OwnerAndOrganizationAtOnce_EachKeyEndsOnce()
    {
        for (var i = 0; i < 20; i++)
        {
            await AddAsync(NewKey() with { OrganizationId = Organization });
        }

        var revoked = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
            RevokeAllAsync(i % 2 == 0 ? RowScope.OfOwner(Owner) : RowScope.OfOrganization(Organization)))));

        Assert.Equal(20, revoked.Sum(keys => keys.Count));
        Assert.Equal(0, await Store.CountLiveAsync(Owner, Now, None));
    }

    [Fact]
    public async Task List_OwnersKeys_NewestFirstInPages()
    {
        var keys = new List<ApiKeyRecord>();
        for (var i = 0; i < 5; i++)
        {
            keys.Add(NewKey(createdAt: Now.AddSeconds(i)));
            await AddAsync(keys[i]);
        }

        await AddAsync(NewKey(owner: AnotherOwner));

        var first = await ListAsync(All, before: null);
        var second = await ListAsync(All, first[^1].Id);

        Assert.Equal(Enumerable.Reverse(keys).Select(key => key.Id), first.Concat(second).Select(key => key.Id));
        Assert.Empty(await ListAsync(All, second[^1].Id));
    }

    [Fact]
    public async Task List_Filters_TakeWhatTheyName()
    {
        var plain = NewKey(createdAt: Now) with { Name = "50% off" };
        var ending = NewKey(createdAt: Now, expiresAt: Now.AddDays(1)) with { OrganizationId = Organization, Scopes = ["mcp:admin"] };
        var ended = NewKey(createdAt: Now, expiresAt: Now);
        var disabled = NewKey(createdAt: Now) with { DisabledAt = Now, DisabledBy = Owner };
        foreach (var key in new[] { plain, ending, ended, disabled })
        {
            await AddAsync(key);
        }

        await Expect(All with { NamePrefix = "50%" }, plain);
        await Expect(All with { NamePrefix = "5_%" });
        await Expect(All with { Organization = Organization }, ending);
        await Expect(All with { Scope = "mcp:admin" }, ending);
        await Expect(All with { ExpiresBefore = Now.AddDays(1) }, ended);
        await Expect(All with { ExpiresBefore = Now.AddDays(2) }, ending, ended);
        await Expect(All with { State = KeyState.Enabled }, plain, ending);
        await Expect(All with { State = KeyState.Disabled }, disabled);
        await Expect(All with { State = KeyState.Expired }, ended);
        await Expect(All with { State = KeyState.Revoked });
        await Expect(All with { Owner = AnotherOwner });

        async Task Expect(KeyFilter filter, params ApiKeyRecord[] expected) => Assert.Equal(
            expected.Select(key => key.Id.Value).Order(), (await Store.ListAsync(RowScope.OfOwner(Owner), filter, null, 9, None)).Select(key => key.Id.Value).Order());
    }

    private static KeyFilter All { get; } = new(Owner: null, Organization: null, State: null, Now);

    private Task<IReadOnlyList<ApiKeyRecord>> ListAsync(KeyFilter filter, ApiKeyId? before) => Store.ListAsync(RowScope.OfOwner(Owner), filter, before, 3, None);

    private async Task AddAsync(ApiKeyRecord key) => Assert.IsType<AddResult.Added>(await Store.AddAsync(key, Wide, NewEvent(), None));

    private Task<(ApiKeyRecord Before, ApiKeyRecord After)?> RevokeAsync(ApiKeyId id, DateTimeOffset at) => Store.ChangeAsync(
        RowScope.OfOwner(Owner), id, key => key.RevokedAt is null ? new(key with { RevokedAt = at }, NewEvent()) : null, None);

    private Task<(ApiKeyRecord Before, ApiKeyRecord After)?> TryRenameAsync(RowScope scope, ApiKeyRecord key) =>
        Store.ChangeAsync(scope, key.Id, found => new(found with { Name = "taken" }, NewEvent()), None);

    private Task<SuccessionResult?> SucceedAsync(ApiKeyRecord key, ApiKeyRecord next, KeyLimits? limits = null) => Store.SucceedAsync(
        RowScope.OfOwner(Owner),
        key,
        limits ?? Wide,
        Now,
        found => found.SuccessorId is null ? new(found with { SuccessorId = next.Id, RotationId = ApiKeyId.New(Now).Value }, next, NewEvent(), NewEvent()) : null,
        None);

    private Task<IReadOnlyList<ApiKeyRecord>> RevokeAllAsync(RowScope scope) => Store.RevokeAllAsync(scope, Now, _ => NewEvent(), _ => NewEvent(), None);

    private static ApiKeyRecord NewKey(Guid? owner = null, DateTimeOffset? createdAt = null, DateTimeOffset? expiresAt = null) => new(
        ApiKeyId.New(createdAt ?? Now), owner ?? Owner, "laptop", ["mcp:read", "org:read"], new SecretHash("$2a$10$x"), createdAt ?? Now, expiresAt, RevokedAt: null);

    // An address has properties that throw, depending on its kind.
    private static void AssertSame(ApiKeyRecord expected, ApiKeyRecord? actual)
    {
        Assert.Equivalent(expected with { AllowedNetworks = [] }, actual! with { AllowedNetworks = [] }, strict: true);
        Assert.Equal(expected.AllowedNetworks, actual.AllowedNetworks);
    }

    private static AuditEvent NewEvent() => new() { EventId = Guid.CreateVersion7(Now).ToString() };
}
