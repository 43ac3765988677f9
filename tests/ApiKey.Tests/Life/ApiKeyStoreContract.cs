using McpSecure.Audit.V1;

namespace McpSecure.ApiKey.Tests;

/// <summary>What every store of API keys promises. Each test begins with an empty one.</summary>
public abstract class ApiKeyStoreContract
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Owner = new("0190b5a1-0000-7000-8000-000000000001");
    private static readonly Guid AnotherOwner = new("0190b5a1-0000-7000-8000-000000000002");
    private static readonly CancellationToken None = CancellationToken.None;

    private protected abstract IApiKeyStore Store { get; }

    /// <summary>Lists the ids of the audit events that were committed, in order.</summary>
    private protected abstract Task<IReadOnlyList<string>> EventsAsync();

    [Fact]
    public async Task Add_Key_IsFoundAsItWasGivenWithItsEvent()
    {
        var key = NewKey(expiresAt: Now.AddDays(1));
        var told = NewEvent();

        Assert.Equivalent(key, await Store.AddAsync(key, 1, told, None), strict: true);
        Assert.Equivalent(key, await Store.FindAsync(key.Id, None), strict: true);
        Assert.Equal([told.EventId], await EventsAsync());
    }

    [Fact]
    public async Task Find_UnknownId_IsNull() => Assert.Null(await Store.FindAsync(ApiKeyId.New(Now), None));

    [Fact]
    public async Task Add_AtTheLimit_IsRefusedWithoutAnEvent()
    {
        await AddAsync(NewKey());

        Assert.Null(await Store.AddAsync(NewKey(), 1, NewEvent(), None));
        Assert.NotNull(await Store.AddAsync(NewKey(owner: AnotherOwner), 1, NewEvent(), None));
        Assert.Equal(2, (await EventsAsync()).Count);
    }

    [Fact]
    public async Task Add_RevokedAndExpiredKeys_DoNotCount()
    {
        var revoked = NewKey();
        await AddAsync(revoked);
        await Store.RevokeAsync(revoked.Id, Now, NewEvent(), None);
        await AddAsync(NewKey(expiresAt: Now));

        Assert.Equal(0, await Store.CountLiveAsync(Owner, Now, None));
        Assert.NotNull(await Store.AddAsync(NewKey(), 1, NewEvent(), None));
        Assert.Equal(1, await Store.CountLiveAsync(Owner, Now, None));
    }

    [Fact]
    public async Task Attack_ParallelUse_ManyAtOnceDoNotPassTheLimit()
    {
        var added = await Task.WhenAll(Enumerable.Range(0, 30).Select(_ => Task.Run(() => Store.AddAsync(NewKey(), 7, NewEvent(), None))));

        Assert.Equal(7, added.Count(key => key is not null));
        Assert.Equal(7, await Store.CountLiveAsync(Owner, Now, None));
        Assert.Equal(7, (await EventsAsync()).Count);
    }

    [Fact]
    public async Task Revoke_Key_IsRevokedSinceTheFirstTime()
    {
        var key = NewKey();
        await AddAsync(key);

        var first = await Store.RevokeAsync(key.Id, Now.AddMinutes(1), NewEvent(), None);
        var second = await Store.RevokeAsync(key.Id, Now.AddMinutes(2), NewEvent(), None);

        Assert.Equal((true, Now.AddMinutes(1)), (first!.Value.IsNew, first.Value.Key.RevokedAt));
        Assert.Equal((false, Now.AddMinutes(1)), (second!.Value.IsNew, second.Value.Key.RevokedAt));
        Assert.Equal(2, (await EventsAsync()).Count);
    }

    [Fact]
    public async Task Revoke_ManyAtOnce_OneIsNew()
    {
        var key = NewKey();
        await AddAsync(key);

        var revoked = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Task.Run(() => Store.RevokeAsync(key.Id, Now, NewEvent(), None))));

        Assert.Single(revoked, result => result!.Value.IsNew);
    }

    [Fact]
    public async Task Revoke_UnknownId_IsNullWithoutAnEvent()
    {
        Assert.Null(await Store.RevokeAsync(ApiKeyId.New(Now), Now, NewEvent(), None));
        Assert.Empty(await EventsAsync());
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

        var first = await Store.ListAsync(Owner, before: null, 3, None);
        var second = await Store.ListAsync(Owner, first[^1].Id, 3, None);

        Assert.Equal(Enumerable.Reverse(keys).Select(key => key.Id), first.Concat(second).Select(key => key.Id));
        Assert.Empty(await Store.ListAsync(Owner, second[^1].Id, 3, None));
    }

    private Task<ApiKeyRecord?> AddAsync(ApiKeyRecord key) => Store.AddAsync(key, 100, NewEvent(), None);

    private static ApiKeyRecord NewKey(Guid? owner = null, DateTimeOffset? createdAt = null, DateTimeOffset? expiresAt = null) => new(
        ApiKeyId.New(createdAt ?? Now), owner ?? Owner, "laptop", ["mcp:read", "org:read"], new SecretHash("$2a$10$x"), createdAt ?? Now, expiresAt, RevokedAt: null);

    private static AuditEvent NewEvent() => new() { EventId = Guid.CreateVersion7(Now).ToString() };
}
