using McpSecure.Audit.V1;

namespace McpSecure.ApiKey.Tests;

public sealed class AddressLockoutTests : IDisposable
{
    private static readonly LockoutOptions Settings = new()
    {
        Failures = 5,
        Window = TimeSpan.FromMinutes(1),
        FirstWait = TimeSpan.FromSeconds(30),
        LongestWait = TimeSpan.FromMinutes(2),
        ForgetAfter = TimeSpan.FromHours(1),
    };

    private readonly Workshop workshop = new(lockout: Settings);
    private readonly ClientAddress attacker = Address("192.0.2.66");

    [Fact]
    public async Task Failures_BeyondTheAllowed_WaitTwiceAsLongEachTimeUpToTheLongest()
    {
        var waits = new List<double>();
        for (var round = 0; round < 4; round++)
        {
            while (workshop.Lockout.WaitOf(attacker) is null)
            {
                await workshop.Lockout.FailedAsync(attacker);
            }

            waits.Add(workshop.Lockout.WaitOf(attacker)!.Value.TotalSeconds);
            workshop.Clock.Advance(TimeSpan.FromSeconds(waits[^1]));
        }

        Assert.Equal([30, 60, 120, 120], waits);
        Assert.Null(workshop.Lockout.WaitOf(attacker));
    }

    [Fact]
    public async Task Failures_ForgottenAfterAWhile_WaitAsTheFirstTime()
    {
        for (var i = 0; i < 6; i++)
        {
            await workshop.Lockout.FailedAsync(attacker);
        }

        workshop.Clock.Advance(TimeSpan.FromHours(1.1));
        for (var i = 0; i < 6; i++)
        {
            Assert.Null(workshop.Lockout.WaitOf(attacker));
            await workshop.Lockout.FailedAsync(attacker);
        }

        Assert.Equal(TimeSpan.FromSeconds(30), workshop.Lockout.WaitOf(attacker));
    }

    // The window slides: twelve seconds forgive one.
    [Fact]
    public async Task Failures_AsOftenAsTheyAreForgiven_NeverWait()
    {
        for (var i = 0; i < 500; i++)
        {
            await workshop.Lockout.FailedAsync(attacker);
            Assert.Null(workshop.Lockout.WaitOf(attacker));
            workshop.Clock.Advance(TimeSpan.FromSeconds(12));
        }
    }

    [Fact]
    public async Task Attack_GuessingFromOneAddress_IsStoppedWithoutALook()
    {
        var issued = await workshop.IssueAsync();
        for (var i = 0; i < 6; i++)
        {
            Assert.IsType<VerifyResult.Invalid>(await VerifyAsync(workshop.WrongSecretFor(issued.Key.Id), attacker));
        }

        var (hashes, reads) = (workshop.Hashes.Value, workshop.Store.Reads);
        Assert.IsType<VerifyResult.LockedOut>(await VerifyAsync(workshop.WrongSecretFor(issued.Key.Id), attacker));
        Assert.IsType<VerifyResult.LockedOut>(await VerifyAsync("x", attacker));
        Assert.IsType<VerifyResult.LockedOut>(await VerifyAsync(Workshop.ForgeryFor(issued.Key.Id), attacker));

        Assert.Equal((hashes, reads), (workshop.Hashes.Value, workshop.Store.Reads));
        Assert.IsType<VerifyResult.Valid>(await VerifyAsync(issued.Secret.Reveal(), Address("192.0.2.67")));
    }

    [Fact]
    public async Task Attack_NeighbourFloodsTheSameAddress_KeysInUseThereGoOn()
    {
        var issued = await workshop.IssueAsync();
        await VerifyAsync(issued.Secret.Reveal(), attacker);
        for (var i = 0; i < 100; i++)
        {
            await VerifyAsync(Workshop.ForgeryFor(issued.Key.Id), attacker);
        }

        Assert.NotNull(workshop.Lockout.WaitOf(attacker));
        Assert.IsType<VerifyResult.Valid>(await VerifyAsync(issued.Secret.Reveal(), attacker));
    }

    // Its text was right once, so it costs a read each time; from an address that has to wait it is one text like any other.
    [Fact]
    public async Task Attack_FloodWithARevokedKeyOfOnesOwn_IsStoppedWithoutALook()
    {
        var revoked = await workshop.IssueAsync();
        await VerifyAsync(revoked.Secret.Reveal(), attacker);
        await workshop.Revocation.RevokeAsync(RowScope.OfOwner(Workshop.Owner), revoked.Key.Id, new AuditEvent(), CancellationToken.None);
        for (var i = 0; i < 6; i++)
        {
            Assert.IsType<VerifyResult.Invalid>(await VerifyAsync(revoked.Secret.Reveal(), attacker));
        }

        var reads = workshop.Store.Reads;
        Assert.IsType<VerifyResult.LockedOut>(await VerifyAsync(revoked.Secret.Reveal(), attacker));
        Assert.Equal(reads, workshop.Store.Reads);
    }

    // Whoever knows a key's id could lock its owner out, were failures counted against it. The owner's key is cold here, and costs the one bcrypt.
    [Fact]
    public async Task Attack_FloodForARealIdFromManyAddresses_NeitherLocksTheOwnerOutNorCostsBcrypt()
    {
        var issued = await workshop.IssueAsync();
        var before = workshop.Hashes.Value;
        await Task.WhenAll(Enumerable.Range(0, 2_000).Select(i => Task.Run(
            () => VerifyAsync(Workshop.ForgeryFor(issued.Key.Id), Address($"198.51.{i / 250}.{i % 250}")))));

        Assert.Equal(before, workshop.Hashes.Value);
        Assert.IsType<VerifyResult.Valid>(await VerifyAsync(issued.Secret.Reveal(), Address("203.0.113.1")));
        Assert.Equal(before + 1, workshop.Hashes.Value);
    }

    [Fact]
    public async Task Attack_RotatingThroughOneNetworkOfIPv6_CountsAsOneAddress()
    {
        for (var i = 0; i < 6; i++)
        {
            await VerifyAsync("x", Address($"2001:db8:1:2::{i:x}"));
        }

        Assert.IsType<VerifyResult.LockedOut>(await VerifyAsync("x", Address("2001:db8:1:2:ffff::1")));
        Assert.IsType<VerifyResult.Invalid>(await VerifyAsync("x", Address("2001:db8:1:3::1")));
    }

    [Fact]
    public async Task ClockJump_OfTheWallClock_ForgivesNothing()
    {
        for (var i = 0; i < 6; i++)
        {
            await VerifyAsync("x", attacker);
        }

        workshop.Clock.StepWallClock(TimeSpan.FromHours(2));

        Assert.IsType<VerifyResult.LockedOut>(await VerifyAsync("x", attacker));
    }

    public void Dispose() => workshop.Dispose();

    private static ClientAddress Address(string text)
    {
        Assert.True(ClientAddress.TryParse(text, out var address));
        return address;
    }

    private Task<VerifyResult> VerifyAsync(string text, ClientAddress from) => workshop.VerifyAsync(new KeyQuestion(text, [], from));
}
