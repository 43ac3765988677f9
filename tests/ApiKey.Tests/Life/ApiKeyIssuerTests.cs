using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey.Tests;

public sealed class ApiKeyIssuerTests : IDisposable
{
    private readonly Workshop workshop = new(new ApiKeyOptions { WorkFactor = 4, LiveKeysPerOwner = 2 });

    [Fact]
    public async Task Issue_Key_KeepsNothingThatItCouldBeUsedWith()
    {
        var issued = await workshop.IssueAsync();
        var kept = await workshop.Store.FindAsync(issued.Key.Id, CancellationToken.None);

        Assert.StartsWith("$2", kept!.SecretHash.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(issued.Secret.Body[ApiKeyFormat.IdLength..], $"{kept} {kept.SecretHash.Text} {workshop.Store.Events.Single()}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Issue_WorkFactor_IsTheOneOfTheOptions()
    {
        using var costly = new Workshop(new ApiKeyOptions { WorkFactor = 5 });

        Assert.Matches(@"^\$2[aby]\$05\$", (await costly.IssueAsync()).Key.SecretHash.Text);
    }

    // The reference code of the field has one static salt, and finds a key by looking its hash up.
    [Fact]
    public async Task Attack_OneSaltForAll_TheSameSecretHashesDifferentlyEachTime()
    {
        var body = ApiKeyFormat.NewBody(ApiKeyId.New(workshop.Clock.GetUtcNow()));

        var (first, second) = (await workshop.Hasher.HashAsync(body, CancellationToken.None), await workshop.Hasher.HashAsync(body, CancellationToken.None));

        Assert.NotEqual(first, second);
        Assert.True(await workshop.Hasher.MatchesAsync(body, second, CancellationToken.None));
    }

    [Fact]
    public async Task Issue_Lifetime_EndsThatLongFromNow()
    {
        var issued = await workshop.IssueAsync(TimeSpan.FromDays(30));

        Assert.Equal(workshop.Clock.GetUtcNow().AddDays(30), issued.Key.ExpiresAt);
    }

    [Fact]
    public async Task Issue_AtTheLimit_IsRefusedBeforeAnyBcrypt()
    {
        await workshop.IssueAsync();
        await workshop.IssueAsync();
        var hashes = workshop.Hashes.Value;

        Assert.Equal(new IssueResult.LimitReached("owner", 2), await workshop.TryIssueAsync());
        Assert.Equal(hashes, workshop.Hashes.Value);
    }

    [Fact]
    public async Task Attack_ParallelUse_ManyAtOnceDoNotPassTheLimit()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => Task.Run(() => workshop.TryIssueAsync())));

        Assert.Equal(2, results.Count(result => result is IssueResult.Issued));
        Assert.Equal(18, results.Count(result => result is IssueResult.LimitReached));
    }

    [Fact]
    public async Task Attack_ScopeWidening_NarrowedTokenMakesNoWiderKey()
    {
        var refused = await Assert.ThrowsAsync<Refusal>(() => workshop.TryIssueAsync(null, ["user:token", "mcp:read"], "mcp:read", "mcp:admin"));

        Assert.Equal(ErrorReason.GrantExceedsGrantor, refused.Reason);
        Assert.IsType<IssueResult.Issued>(await workshop.TryIssueAsync(null, ["user:token", "mcp:read"], "mcp:read"));
        Assert.Single(workshop.Store.Events);
    }

    public void Dispose() => workshop.Dispose();
}
