using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey.Tests;

public sealed class ApiKeyVerifierTests : IDisposable
{
    private readonly Workshop workshop = new();

    [Fact]
    public async Task Verify_IssuedKey_IsValid()
    {
        var issued = await workshop.IssueAsync(TimeSpan.FromHours(1));

        var result = Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(issued.Secret.Reveal(), "mcp:read"));

        Assert.Equal(issued.Key, result.Key.Record);
    }

    [Fact]
    public async Task Verify_ScopeNotHeld_SaysWhich()
    {
        var issued = await workshop.IssueAsync();

        var result = Assert.IsType<VerifyResult.ScopeMissing>(await workshop.VerifyAsync(issued.Secret.Reveal(), "mcp:read", "mcp:write"));

        Assert.Equal("mcp:write", result.Scope);
    }

    [Fact]
    public async Task Verify_SameKeyAgain_ComputesOneBcrypt()
    {
        var issued = await workshop.IssueAsync();
        var before = workshop.Hashes.Value;

        for (var i = 0; i < 100; i++)
        {
            Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(issued.Secret.Reveal()));
        }

        Assert.Equal(1, workshop.Hashes.Value - before);
    }

    [Fact]
    public async Task Verify_SameColdKeyManyTimesAtOnce_ComputesOneBcrypt()
    {
        var issued = await workshop.IssueAsync();
        var before = workshop.Hashes.Value;

        var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => workshop.VerifyAsync(issued.Secret.Reveal()))));

        Assert.All(results, result => Assert.IsType<VerifyResult.Valid>(result));
        Assert.Equal(1, workshop.Hashes.Value - before);
    }

    [Fact]
    public async Task Verify_Expiry_EndsTheKeyExactlyThen()
    {
        var issued = await workshop.IssueAsync(TimeSpan.FromHours(1));
        var text = issued.Secret.Reveal();

        workshop.Clock.Advance(TimeSpan.FromHours(1) - TimeSpan.FromMilliseconds(1));
        Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(text));
        workshop.Clock.Advance(TimeSpan.FromMilliseconds(1));

        Assert.Equal(InvalidBecause.Expired, Assert.IsType<VerifyResult.Invalid>(await workshop.VerifyAsync(text)).Why);
    }

    [Fact]
    public async Task Verify_Revoked_IsInvalid()
    {
        var issued = await workshop.IssueAsync();
        await workshop.VerifyAsync(issued.Secret.Reveal());

        await workshop.Revocation.RevokeAsync(RowScope.OfOwner(Workshop.Owner), issued.Key.Id, new AuditEvent(), CancellationToken.None);

        Assert.Equal(InvalidBecause.Revoked, Assert.IsType<VerifyResult.Invalid>(await workshop.VerifyAsync(issued.Secret.Reveal())).Why);
    }

    [Fact]
    public async Task Attack_UnknownAgainstWrong_TheSameWorkWhateverIsWrong()
    {
        var wrong = workshop.WrongSecretFor((await workshop.IssueAsync()).Key.Id);
        var unknown = workshop.WrongSecretFor(ApiKeyId.New(workshop.Clock.GetUtcNow()));
        var revoked = await workshop.IssueAsync();
        await workshop.Revocation.RevokeAsync(RowScope.OfOwner(Workshop.Owner), revoked.Key.Id, new AuditEvent(), CancellationToken.None);
        var expired = await workshop.IssueAsync(TimeSpan.FromMinutes(1));
        workshop.Clock.Advance(TimeSpan.FromMinutes(2));

        (string Text, InvalidBecause Why)[] attempts =
        [
            (wrong, InvalidBecause.SecretWrong),
            (unknown, InvalidBecause.Unknown),
            (revoked.Secret.Reveal(), InvalidBecause.Revoked),
            (expired.Secret.Reveal(), InvalidBecause.Expired),
        ];
        foreach (var (text, why) in attempts)
        {
            var (hashes, reads) = (workshop.Hashes.Value, workshop.Store.Reads);

            Assert.Equal(why, Assert.IsType<VerifyResult.Invalid>(await workshop.VerifyAsync(text)).Why);
            Assert.Equal((1, 1), (workshop.Hashes.Value - hashes, workshop.Store.Reads - reads));

            await workshop.VerifyAsync(text);
            Assert.Equal((1, 2), (workshop.Hashes.Value - hashes, workshop.Store.Reads - reads));
        }
    }

    [Fact]
    public async Task Attack_ForgedChecksum_CostsNeitherReadNorBcrypt()
    {
        var issued = await workshop.IssueAsync();
        var (hashes, reads) = (workshop.Hashes.Value, workshop.Store.Reads);

        for (var i = 0; i < 5_000; i++)
        {
            var result = Assert.IsType<VerifyResult.Invalid>(await workshop.VerifyAsync(Workshop.ForgeryFor(issued.Key.Id)));
            Assert.Equal((InvalidBecause.ChecksumWrong, issued.Key.Id), (result.Why, result.Claimed));
        }

        Assert.Equal((hashes, reads), (workshop.Hashes.Value, workshop.Store.Reads));
    }

    // The owner's key is cold here: nothing of the flood stands in its way.
    [Fact]
    public async Task Attack_FloodOfWrongSecrets_DoesNotLockTheOwnersKeyOut()
    {
        var issued = await workshop.IssueAsync();
        await Task.WhenAll(Enumerable.Range(0, 5_000).Select(_ => Task.Run(() => workshop.VerifyAsync(Workshop.ForgeryFor(issued.Key.Id)))));

        Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(issued.Secret.Reveal()));
    }

    [Fact]
    public async Task Attack_FloodWithAStolenPepper_OneBcryptAtATimeAndTheOthersKeysWork()
    {
        using var slow = new Workshop(new ApiKeyOptions { WorkFactor = 10, ConcurrentHashes = 1, WaitingHashes = 8 });
        var warm = await slow.IssueAsync();
        var cold = await slow.IssueAsync();
        Assert.IsType<VerifyResult.Valid>(await slow.VerifyAsync(warm.Secret.Reveal()));
        var before = slow.Hashes.Value;

        var flood = Enumerable.Range(0, 500).Select(_ => Task.Run(() => Attempt(slow, slow.WrongSecretFor(warm.Key.Id)))).ToArray();
        var owner = await slow.VerifyAsync(warm.Secret.Reveal());
        var another = await slow.VerifyAsync(cold.Secret.Reveal());
        var refused = await Task.WhenAll(flood);

        Assert.IsType<VerifyResult.Valid>(owner);
        Assert.IsType<VerifyResult.Valid>(another);
        Assert.Contains(ErrorReason.Busy, refused);
        Assert.InRange(slow.Hashes.Value - before, 1, 100);
    }

    [Fact]
    public async Task Attack_FloodOverManyIds_IsRefusedAsBusyBeyondTheQueue()
    {
        using var slow = new Workshop(new ApiKeyOptions { WorkFactor = 10, ConcurrentHashes = 1, WaitingHashes = 3 });

        var refused = await Task.WhenAll(Enumerable.Range(0, 200)
            .Select(_ => Task.Run(() => Attempt(slow, slow.WrongSecretFor(ApiKeyId.New(slow.Clock.GetUtcNow()))))));

        Assert.Contains(ErrorReason.Busy, refused);
        Assert.IsType<VerifyResult.Invalid>(await slow.VerifyAsync(slow.WrongSecretFor(ApiKeyId.New(slow.Clock.GetUtcNow()))));
    }

    // Whoever may make keys makes and revokes them, as many at once as he likes.
    [Fact]
    public async Task Attack_FloodOfNewKeys_LeavesRoomForKeysThatAreVerified()
    {
        using var slow = new Workshop(new ApiKeyOptions { WorkFactor = 11, ConcurrentHashes = 1, WaitingHashes = 19 });
        var cold = await slow.IssueAsync();

        // When the calls return, each has its place or was refused.
        var flood = Enumerable.Range(0, 40).Select(_ => slow.Hasher.HashAsync("new", CancellationToken.None)).ToArray();
        var owner = slow.VerifyAsync(cold.Secret.Reveal());

        Assert.Equal(ErrorReason.Busy, (await Assert.ThrowsAsync<Refusal>(() => Task.WhenAll(flood))).Reason);
        Assert.InRange(flood.Count(one => one.IsCompletedSuccessfully), 1, 15); // ten, and some that were quick
        Assert.IsType<VerifyResult.Valid>(await owner);
    }

    // A row that somebody with the database's password has moved: the hash is made of the id too.
    [Fact]
    public async Task Attack_HashOfAnotherKey_DoesNotFit()
    {
        var mine = await workshop.IssueAsync();
        var body = ApiKeyFormat.WriteId(ApiKeyId.New(workshop.Clock.GetUtcNow())) + mine.Secret.Body[ApiKeyFormat.IdLength..];

        Assert.False(await workshop.Hasher.MatchesAsync(body, mine.Key.SecretHash, CancellationToken.None));
        Assert.True(await workshop.Hasher.MatchesAsync(mine.Secret.Body, mine.Key.SecretHash, CancellationToken.None));
    }

    [Fact]
    public async Task Verify_HashChanged_IsComparedAnew()
    {
        var issued = await workshop.IssueAsync();
        PresentedKey.TryRead(issued.Secret.Reveal(), Workshop.Prefixes(), workshop.Pepper, out var presented, out _);
        var secrets = new SecretVerifier(workshop.Hasher);

        Assert.True(await secrets.IsRightAsync(presented, issued.Key.SecretHash, CancellationToken.None));
        Assert.False(await secrets.IsRightAsync(presented, workshop.Hasher.Decoy, CancellationToken.None));
        Assert.False(await secrets.IsRightAsync(presented, kept: null, CancellationToken.None));
        Assert.True(await secrets.IsRightAsync(presented, issued.Key.SecretHash, CancellationToken.None));
    }

    [Fact]
    public async Task Verify_OldCost_IsRehashedOnceAndStaysValid()
    {
        var issued = await workshop.IssueAsync();
        using var costlier = new Workshop(new ApiKeyOptions { WorkFactor = 5 }, workshop.Store);

        Assert.IsType<VerifyResult.Valid>(await costlier.VerifyAsync(issued.Secret.Reveal()));
        Assert.IsType<VerifyResult.Valid>(await costlier.VerifyAsync(issued.Secret.Reveal()));

        var kept = await workshop.Store.FindAsync(issued.Key.Id, CancellationToken.None);
        Assert.Equal(5, kept!.SecretHash.WorkFactor);
        Assert.Single(workshop.Store.Events, told => told.Action == Events.KeyRehashed);
        Assert.IsType<VerifyResult.Valid>(await workshop.VerifyAsync(issued.Secret.Reveal())); // a replica with the old setting lowers nothing
        Assert.Equal(5, (await workshop.Store.FindAsync(issued.Key.Id, CancellationToken.None))!.SecretHash.WorkFactor);
    }

    [Fact]
    public void Question_Printed_ShowsNoSecret() => Assert.Equal("KeyQuestion", $"{new KeyQuestion("mcp_sk_secret", [])}");

    [Fact]
    public async Task Verify_PepperNotOpen_IsUnavailable()
    {
        using var closed = new Workshop(opened: false);

        var refusal = await Assert.ThrowsAsync<Refusal>(async () => await closed.VerifyAsync("mcp_sk_x"));

        Assert.Equal(ErrorReason.DependencyUnavailable, refusal.Reason);
    }

    public void Dispose() => workshop.Dispose();

    private static async Task<ErrorReason?> Attempt(Workshop at, string text)
    {
        try
        {
            Assert.IsType<VerifyResult.Invalid>(await at.VerifyAsync(text));
            return null;
        }
        catch (Refusal refusal)
        {
            return refusal.Reason;
        }
    }
}
