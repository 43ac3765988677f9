using McpSecure.Testing;
using Microsoft.Extensions.Options;
using Npgsql;

namespace McpSecure.Auth.Tests;

public sealed class AttemptThrottleTests(AuthDatabase database) : IClassFixture<AuthDatabase>
{
    private static int names;

    private readonly FakeClock clock = new();
    private readonly string user = $"user-{Interlocked.Increment(ref names)}";
    private readonly string network = $"192.0.2.{names % 250}";
    private readonly SignInOptions options = new();

    [Fact]
    public async Task Admit_WhileFailuresAreFree_LetsThroughAtOnce()
    {
        for (var i = 0; i < 4; i++)
        {
            await AdmittedAsync(Stranger());
        }

        Assert.IsType<Admission.Admitted>(await Throttle().AdmitAsync(Stranger(), default));
    }

    [Fact]
    public async Task Admit_AfterTheFifthFailure_WaitsASecondThenTwo()
    {
        await FailAsync(5);

        Assert.Equal(TimeSpan.FromSeconds(1), await WaitAsync(Stranger()));
        clock.Advance(TimeSpan.FromSeconds(1));
        await AdmittedAsync(Stranger());
        Assert.Equal(TimeSpan.FromSeconds(2), await WaitAsync(Stranger()));
    }

    [Fact]
    public async Task Admit_WhileBlocked_MakesTheBlockNoLonger()
    {
        await FailAsync(5);
        for (var i = 0; i < 50; i++)
        {
            await WaitAsync(Stranger());
        }

        clock.Advance(TimeSpan.FromSeconds(1));

        await AdmittedAsync(Stranger());
    }

    [Fact]
    public async Task ParallelGuesses_TwoHundredAtOnceOnTwoReplicas_AreThatManyFailures()
    {
        AttemptThrottle[] replicas = [Throttle(), Throttle()];

        var admissions = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => replicas[i % 2].AdmitAsync(Stranger(), default)));

        // Four free ones, and the fifth sets the delay.
        Assert.Equal(5, admissions.OfType<Admission.Admitted>().Count());
    }

    [Fact]
    public async Task Release_OfATry_TakesItBack()
    {
        for (var i = 0; i < 20; i++)
        {
            await Throttle().ReleaseAsync(await AdmittedAsync(Stranger()), default);
        }

        await FailAsync(5);
    }

    [Fact]
    public async Task Release_OfTheTryThatBlocked_EndsTheBlock()
    {
        await FailAsync(4);
        var fifth = await AdmittedAsync(Stranger());
        await WaitAsync(Stranger());

        await Throttle().ReleaseAsync(fifth, default);

        await AdmittedAsync(Stranger());
    }

    [Fact]
    public async Task Release_OfAnEarlierTry_LeavesTheBlockOfALaterOne()
    {
        await FailAsync(3);
        var fourth = await AdmittedAsync(Stranger());
        await AdmittedAsync(Stranger());

        await Throttle().ReleaseAsync(fourth, default);

        await WaitAsync(Stranger());
    }

    [Fact]
    public async Task Succeed_AfterFailures_ForgetsThem()
    {
        await FailAsync(4);
        await SucceedAsync(await AdmittedAsync(Stranger()));

        await FailAsync(5);
        Assert.Equal(TimeSpan.FromSeconds(1), await WaitAsync(Stranger()));
    }

    [Fact]
    public async Task Admit_ADayAfterTheLastFailure_BeginsAnew()
    {
        await FailAsync(5);
        clock.Advance(TimeSpan.FromHours(24) + TimeSpan.FromSeconds(1));

        await FailAsync(5);
    }

    [Fact]
    public async Task LongestDelay_OfAnAttackThatNeverEnds_IsTheLongestThatTheOwnerWaits()
    {
        for (var i = 0; i < 40; i++)
        {
            await AdmittedAsync(Stranger());
            clock.Advance(TimeSpan.FromMinutes(15));
        }

        await AdmittedAsync(Stranger());
        Assert.Equal(TimeSpan.FromMinutes(15), await WaitAsync(Stranger()));
    }

    [Fact]
    public async Task LockoutUsedAgainstTheOwner_FromElsewhere_DoesNotDelayHimWhereHeIsKnown()
    {
        await FailAsync(5);
        await WaitAsync(Stranger());

        await AdmittedAsync(AttemptSubject.Acquaintance(user, "198.51.100.7"));
    }

    [Fact]
    public async Task PasswordSpray_FromOneNetworkOnManyAccounts_IsSlowedDown()
    {
        options.NetworkBurst = 10;
        options.NetworkFailuresPerMinute = 60;
        for (var i = 0; i < 10; i++)
        {
            await AdmittedAsync(AttemptSubject.Stranger($"{user}-{i}", network));
        }

        var wait = await WaitAsync(AttemptSubject.Stranger($"{user}-next", network));
        await AdmittedAsync(AttemptSubject.Stranger($"{user}-next", $"{network}0"));
        clock.Advance(wait);

        Assert.Equal(TimeSpan.FromSeconds(1), wait);
        await AdmittedAsync(AttemptSubject.Stranger($"{user}-next", network));
        await WaitAsync(AttemptSubject.Stranger($"{user}-after", network));
    }

    [Fact]
    public async Task PasswordSpray_RefusedByTheNetwork_CountsOnNoAccount()
    {
        options.NetworkBurst = 10;
        for (var i = 0; i < 10; i++)
        {
            await AdmittedAsync(AttemptSubject.Stranger($"{user}-{i}", network));
        }

        for (var i = 0; i < 10; i++)
        {
            await WaitAsync(Stranger());
        }

        Assert.Equal(0, await CountAsync("SELECT count(*) FROM attempt_delays WHERE subject = $1", Stranger().Account));
    }

    [Fact]
    public async Task Succeed_FromANetwork_TakesOneTryBackAndForgetsNoOthers()
    {
        options.NetworkBurst = 10;
        for (var i = 0; i < 9; i++)
        {
            await AdmittedAsync(AttemptSubject.Stranger($"{user}-{i}", network));
        }

        for (var i = 0; i < 5; i++)
        {
            await SucceedAsync(await AdmittedAsync(AttemptSubject.Stranger($"{user}-own-account", network)));
        }

        await AdmittedAsync(AttemptSubject.Stranger($"{user}-10", network));
        await WaitAsync(AttemptSubject.Stranger($"{user}-11", network));
    }

    [Fact]
    public async Task Admit_OverTime_ForgetsWhatCountsNoMore()
    {
        for (var i = 0; i < 30; i++)
        {
            await AdmittedAsync(AttemptSubject.Stranger($"{user}-{i}", $"{network}-{i}"));
        }

        clock.Advance(TimeSpan.FromDays(2));
        for (var i = 0; i < 100; i++)
        {
            await AdmittedAsync(AttemptSubject.Stranger($"{user}-later-{i}", $"{network}-later-{i}"));
        }

        Assert.Equal(0, await CountAsync("SELECT count(*) FROM attempt_delays WHERE subject = $1", AttemptSubject.Stranger($"{user}-0", "").Account));
        Assert.Equal(0, await CountAsync("SELECT count(*) FROM attempt_rates WHERE subject = $1", AttemptSubject.Stranger("", $"{network}-0").Network!));
    }

    private AttemptThrottle Throttle() => new(database.DataSource, new ProgressiveDelay(Options.Create(options)), Options.Create(options), clock);

    private AttemptSubject Stranger() => AttemptSubject.Stranger(user, network);

    private async Task FailAsync(int times)
    {
        for (var i = 0; i < times; i++)
        {
            await AdmittedAsync(Stranger());
        }
    }

    private async Task<Reservation> AdmittedAsync(AttemptSubject subject) =>
        Assert.IsType<Admission.Admitted>(await Throttle().AdmitAsync(subject, default)).Reservation;

    private async Task<TimeSpan> WaitAsync(AttemptSubject subject) => Assert.IsType<Admission.Wait>(await Throttle().AdmitAsync(subject, default)).Time;

    private async Task SucceedAsync(Reservation reservation)
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await Throttle().SucceedAsync(transaction, reservation, default);
        await transaction.CommitAsync();
    }

    private async Task<long> CountAsync(string sql, byte[] subject)
    {
        await using var command = database.DataSource.CreateCommand(sql);
        command.Parameters.Add(new NpgsqlParameter { Value = subject });
        return (long)(await command.ExecuteScalarAsync())!;
    }
}
