using McpSecure.Audit.V1;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;

namespace McpSecure.SystemTests;

[Collection(PlatformTests.Name)]
public sealed class StoryTests(PlatformFixture fixture)
{
    private readonly Story story = fixture.Story;

    [Fact]
    public void Key_WhileItLives_StandsForItsOwnerAndItsScopes()
    {
        Assert.StartsWith("mcp_sk_", story.Key.Secret, StringComparison.Ordinal);
        Assert.Equal(story.Developer.UserId, story.ValidKey.OwnerId);
        Assert.Equal(["mcp:read"], story.ValidKey.Scopes);
    }

    [Fact]
    public void Key_OfADeveloper_MayReadServersAndNotDeleteThem()
    {
        Assert.True(story.Reading.Allowed);
        Assert.Equal(DecisionReason.Role, story.Reading.Reason);
        Assert.Contains(story.Reading.MatchedRules, rule => rule.Role == "developer");
        Assert.Equal(["mcp:read"], story.Reading.CoveringScopes);

        Assert.False(story.Deleting.Allowed);
        Assert.NotEmpty(story.Deleting.Explanation);
    }

    [Fact]
    public void Ciphertext_FromBeforeARotation_DecryptsWithItsOwnVersion()
    {
        Assert.StartsWith("mcs1.service-tokens.1.", story.Ciphertext, StringComparison.Ordinal);
        Assert.Equal(2, story.Rotated.ActiveVersion);
        Assert.Equal([KeyState.DecryptOnly, KeyState.Active], story.Rotated.Versions.Select(version => version.State));
        Assert.Equal(1, story.Decrypted.KeyVersion);
        Assert.Equal(story.Plaintext, story.Decrypted.Plaintext.ToStringUtf8());
    }

    [Fact]
    public void Key_OnceRevoked_IsRefusedAsIfItHadNeverBeen() =>
        Assert.Equal(ErrorReason.ApiKeyInvalid, story.AfterRevocation?.Reason);

    [Fact]
    public async Task Log_OfEveryStep_HoldsItsEventInItsTrace()
    {
        Assert.Equal(12, story.TraceOf.Count);
        Assert.Equal(story.TraceOf.Count, story.TraceOf.Values.Distinct(StringComparer.Ordinal).Count());

        foreach (var (action, trace) in story.TraceOf)
        {
            var events = await story.Administrator.AwaitEventsAsync(new EventFilter { TraceId = trace, Action = action });

            Assert.All(events, recorded => Assert.Equal("cli", recorded.Event.Caller));
        }
    }

    [Fact]
    public async Task Trace_OfAStep_GoesThroughEveryServiceItNeeds()
    {
        var trace = story.TraceOf["authorization.role.assigned"];

        // Authorization asks Auth whose token it is.
        await Until.TrueAsync("the spans of a role's assignment", () => Task.FromResult(
            fixture.Platform.Telemetry.Spans.Where(span => span.TraceId == trace).Select(span => span.Service).ToHashSet(StringComparer.Ordinal)
                .IsSupersetOf(["authorization", "auth"])));
    }

    [Fact]
    public async Task Log_Chain_VerifiesHereAndThere()
    {
        var (chain, fault) = await story.Administrator.ReadChainAsync();
        var verdict = await story.Administrator.Call<AuditService.AuditServiceClient>().VerifyLogAsync(new VerifyLogRequest());

        Assert.Null(fault);
        Assert.True(chain.Entries >= story.TraceOf.Count);
        Assert.True(verdict.Valid);
        Assert.True(verdict.Entries >= chain.Entries);
    }
}
