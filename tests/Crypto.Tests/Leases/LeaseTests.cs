using System.Runtime.Versioning;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class LeaseTests(LeasePlatform platform) : IClassFixture<LeasePlatform>
{
    [Fact]
    public async Task Create_MakesARoleThatMayDoWhatTheTemplateSays_AndPostgresEndsItWithTheLease()
    {
        var credentials = await platform.IssueAsync();

        await using (var connection = await platform.SignInAsync(credentials))
        {
            await using var select = new NpgsqlCommand("SELECT name FROM goods", connection);
            Assert.Equal("tea", await select.ExecuteScalarAsync());
        }

        Assert.Matches("^lease_reader_[0-9a-f]{32}$", credentials.Username);
        Assert.Equal(credentials.ExpiresAt.ToDateTime(), await platform.AskTargetAsync<DateTime>($"SELECT rolvaliduntil FROM pg_roles WHERE rolname = '{credentials.Username}'"));
        Assert.Equal(TimeSpan.FromHours(1), credentials.MaxExpiresAt.ToDateTime() - credentials.ExpiresAt.ToDateTime());
        var told = await platform.Crypto.Audit.FindAsync("crypto.lease.issued", one => one.Outcome == Outcome.Success && one.Attributes["lease"] == credentials.LeaseId);
        Assert.Equal(platform.User.Actor.UserId, told.Actor.Id);
        Assert.DoesNotContain(platform.Crypto.Audit.All, one => one.ToString().Contains(credentials.Password, StringComparison.Ordinal));
        Assert.Equal(0, await platform.Crypto.CountAsync($"SELECT count(*) FROM leases WHERE leases::text LIKE '%{credentials.Password}%'"));
    }

    [Fact]
    public async Task Create_LongerThanTheTemplateAllows_IsRefused_AndNoLeaseIsLeft()
    {
        var before = await platform.Crypto.CountAsync("SELECT count(*) FROM leases");

        await platform.Databases.CreateCredentialsAsync(
            new() { Database = "goods", Template = "reader", Lifetime = Duration.FromTimeSpan(TimeSpan.FromHours(3)) }, platform.User.Metadata).AssertFieldsRefusedAsync("lifetime");
        await platform.Databases.CreateCredentialsAsync(new() { Database = "goods", Template = "none" }, platform.User.Metadata).AssertRefusedAsync(ErrorReason.TemplateNotFound);

        Assert.Equal(before, await platform.Crypto.CountAsync("SELECT count(*) FROM leases"));
    }

    // A replica that froze between counting and storing holds the lock; who waits holds a connection each.
    [Fact]
    public async Task Create_WhileAnotherReplicaHoldsTheLockOfTheTemplate_GivesUpSoon_AndGoesOnAfterwards()
    {
        await using var crypto = NpgsqlDataSource.Create(platform.Crypto.ConnectionString);
        await using (var holder = await crypto.OpenConnectionAsync())
        {
            await using var transaction = await holder.BeginTransactionAsync();
            await using var take = new NpgsqlCommand("SELECT FROM pg_advisory_xact_lock(hashtextextended('lease/goods/reader', 0))", holder, transaction);
            await take.ExecuteNonQueryAsync();
            var begun = TimeProvider.System.GetTimestamp();

            Assert.Equal(ErrorReason.DependencyUnavailable, (await OutcomeAsync("reader", platform.User)).Reason);

            Assert.InRange(TimeProvider.System.GetElapsedTime(begun), TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(8));
        }

        Assert.NotNull((await OutcomeAsync("reader", platform.User)).Lease);
    }

    [Fact]
    public async Task Create_ByManyAtOnce_GivesAsManyLeasesAsTheTemplateAllows_AndOneMoreWhenOneIsGone()
    {
        const int Most = 5;
        await platform.PutTemplateAsync("few", maxLeases: Most);
        var other = platform.Crypto.Actors.SignIn("otto", "databases/goods/templates/*:use");

        var answers = await Task.WhenAll(Enumerable.Range(0, 3 * Most).Select(i => OutcomeAsync("few", i % 2 == 0 ? platform.User : other)));

        Assert.Equal(Most, answers.Count(answer => answer.Lease is not null));
        Assert.All(answers.Where(answer => answer.Lease is null), answer => Assert.Equal(ErrorReason.LeaseLimitReached, answer.Reason));
        Assert.Equal(Most, await platform.AskTargetAsync<long>("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'lease_few_%'"));

        var one = answers.First(answer => answer.Lease is not null).Lease!;
        Assert.True((await platform.Leases.RevokeLeaseAsync(new() { LeaseId = one.LeaseId }, platform.Administrator.Metadata)).Revoked);
        Assert.NotNull((await OutcomeAsync("few", other)).Lease);
        Assert.Equal(ErrorReason.LeaseLimitReached, (await OutcomeAsync("few", other)).Reason);
    }

    [Fact]
    public async Task Create_ByOneOwnerAtOnce_GivesHimHisShare_AndLeavesOthersTheirs()
    {
        const int Most = 3;
        await platform.PutTemplateAsync("shared");
        var replica = await platform.Crypto.StartReplicaAsync(("Leases:MaxPerOwner", $"{Most}"));
        var other = platform.Crypto.Actors.SignIn("olga", "databases/goods/templates/*:use");

        var answers = await Task.WhenAll(Enumerable.Range(0, 3 * Most).Select(_ => OutcomeAsync("shared", platform.User, replica)));

        Assert.Equal(Most, answers.Count(answer => answer.Lease is not null));
        Assert.NotNull((await OutcomeAsync("shared", other, replica)).Lease);
    }

    [Fact]
    public async Task Revoke_EndsOpenSessions_AndTheRoleIsGoneWithWhatItMade()
    {
        var credentials = await platform.IssueAsync();
        await using var session = await platform.SignInAsync(credentials);
        await using (var make = new NpgsqlCommand("CREATE TABLE made_by_lease (x int)", session))
        {
            await make.ExecuteNonQueryAsync();
        }

        Assert.True((await platform.Leases.RevokeLeaseAsync(new() { LeaseId = credentials.LeaseId }, platform.User.Metadata)).Revoked);

        await using var more = new NpgsqlCommand("SELECT 1", session);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => more.ExecuteScalarAsync());
        await Assert.ThrowsAsync<PostgresException>(() => platform.SignInAsync(credentials));
        Assert.False(await platform.RoleExistsAsync(credentials.Username));
        Assert.False(await platform.AskTargetAsync<bool>("SELECT EXISTS (SELECT FROM pg_tables WHERE tablename = 'made_by_lease')"));
        await platform.Leases.RevokeLeaseAsync(new() { LeaseId = credentials.LeaseId }, platform.Administrator.Metadata).AssertRefusedAsync(ErrorReason.LeaseNotFound);
        await platform.Crypto.Audit.FindAsync("crypto.lease.revoked", one => one.Resource == $"leases/{credentials.LeaseId}" && one.Attributes["cause"] == "requested");
    }

    [Fact]
    public async Task FunctionLeftBehind_ByALeaseThatIsRevoked_NeverRunsAsTheManagingAccount()
    {
        var credentials = await platform.IssueAsync();
        await using (var session = await platform.SignInAsync(credentials))
        await using (var make = new NpgsqlCommand("CREATE FUNCTION pwn(command text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS 'BEGIN EXECUTE command; END'", session))
        {
            await make.ExecuteNonQueryAsync();
        }

        await platform.Leases.RevokeLeaseAsync(new() { LeaseId = credentials.LeaseId }, platform.User.Metadata);

        Assert.False(await platform.AskTargetAsync<bool>("SELECT EXISTS (SELECT FROM pg_proc WHERE proname = 'pwn')"));
    }

    [Fact]
    public async Task ShadowingFunctions_PlacedByALease_AreNotRunByTheManagingAccount()
    {
        var thief = await platform.IssueAsync();
        await using var session = await platform.SignInAsync(thief);
        await using (var make = new NpgsqlCommand(
            """
            CREATE FUNCTION public.hashtextextended(text, int) RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''ran''; END';
            CREATE FUNCTION public.pg_terminate_backend(int, int) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''ran''; END';
            CREATE FUNCTION public.pg_has_role(text, text) RETURNS bool LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''ran''; END';
            """,
            session))
        {
            await make.ExecuteNonQueryAsync();
        }

        var other = await platform.IssueAsync();
        await using var open = await platform.SignInAsync(other);

        await platform.PutTemplateAsync("shadowed");
        Assert.True((await platform.Leases.RevokeLeaseAsync(new() { LeaseId = other.LeaseId }, platform.User.Metadata)).Revoked);
        Assert.True((await platform.Leases.RevokeLeaseAsync(new() { LeaseId = thief.LeaseId }, platform.User.Metadata)).Revoked);
    }

    [Fact]
    public async Task Expiry_RemovesTheRoleByItself()
    {
        var credentials = await platform.IssueAsync(lifetime: TimeSpan.FromSeconds(10));
        await using var session = await platform.SignInAsync(credentials);

        await platform.WaitUntilGoneAsync(credentials.Username);

        Assert.True(TimeProvider.System.GetUtcNow() >= credentials.ExpiresAt.ToDateTimeOffset());
        await platform.Crypto.Audit.FindAsync("crypto.lease.revoked", one => one.Resource == $"leases/{credentials.LeaseId}" && one.Attributes["cause"] == "expired");
    }

    [Fact]
    public async Task Renew_MovesTheEndInBothPlaces_UpToTheLatest()
    {
        var credentials = await platform.IssueAsync(lifetime: TimeSpan.FromMinutes(1));

        var lease = (await platform.Leases.RenewLeaseAsync(
            new() { LeaseId = credentials.LeaseId, Lifetime = Duration.FromTimeSpan(TimeSpan.FromMinutes(90)) }, platform.User.Metadata)).Lease;

        Assert.InRange(lease.ExpiresAt.ToDateTime() - credentials.ExpiresAt.ToDateTime(), TimeSpan.FromMinutes(89), TimeSpan.FromMinutes(90));
        Assert.Equal(lease.ExpiresAt.ToDateTime(), await platform.AskTargetAsync<DateTime>($"SELECT rolvaliduntil FROM pg_roles WHERE rolname = '{credentials.Username}'"));
        await platform.Leases.RenewLeaseAsync(
            new() { LeaseId = credentials.LeaseId, Lifetime = Duration.FromTimeSpan(TimeSpan.FromMinutes(121)) }, platform.User.Metadata).AssertFieldsRefusedAsync("lifetime");
        await platform.Crypto.TamperAsync($"UPDATE leases SET max_expires_at = expires_at WHERE role_name = '{credentials.Username}'");
        Assert.Equal(lease.ExpiresAt, (await platform.Leases.RenewLeaseAsync(new() { LeaseId = credentials.LeaseId }, platform.User.Metadata)).Lease.MaxExpiresAt);
    }

    [Fact]
    public async Task Lease_OfAnotherUser_IsNotTouched()
    {
        var credentials = await platform.IssueAsync();
        var other = platform.Crypto.Actors.SignIn("oscar", "databases/goods/templates/*:use");

        await platform.Leases.RenewLeaseAsync(new() { LeaseId = credentials.LeaseId }, other.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await platform.Leases.RevokeLeaseAsync(new() { LeaseId = credentials.LeaseId }, other.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await platform.Leases.RevokeLeaseAsync(new() { LeaseId = "goods/reader/nonsense" }, other.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await platform.Leases.RevokeLeaseAsync(new() { LeaseId = credentials.LeaseId.Replace("goods", "other", StringComparison.Ordinal) }, platform.Administrator.Metadata)
            .AssertRefusedAsync(ErrorReason.LeaseNotFound);
        Assert.True(await platform.RoleExistsAsync(credentials.Username));
    }

    [Fact]
    public async Task RevokeByPrefix_RemovesTheLeasesOfThatTemplateAlone()
    {
        await platform.PutTemplateAsync("prefixed");
        await platform.PutTemplateAsync("prefixed-too");
        var leases = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => platform.IssueAsync("prefixed")));
        var bystander = await platform.IssueAsync("prefixed-too");
        Assert.Equal(5, (await platform.Leases.ListLeasesAsync(new() { Prefix = "goods/prefixed" }, platform.Administrator.Metadata)).Leases.Count);

        Assert.Equal(5, (await platform.Leases.RevokeLeasesAsync(new() { Prefix = "goods/prefixed" }, platform.Administrator.Metadata)).Leases);

        foreach (var lease in leases)
        {
            await platform.WaitUntilGoneAsync(lease.Username);
        }

        Assert.True(await platform.RoleExistsAsync(bystander.Username));
        await platform.Leases.RevokeLeasesAsync(new() { Prefix = "goods/a/b" }, platform.Administrator.Metadata).AssertFieldsRefusedAsync("prefix");
        await platform.Leases.RevokeLeasesAsync(new() { Prefix = "goods" }, platform.User.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
    }

    [Fact]
    public async Task ListLeases_PageByPage_GivesEachOnce()
    {
        await platform.PutTemplateAsync("listed");
        var made = new List<string>();
        for (var i = 0; i < 3; i++)
        {
            made.Add((await platform.IssueAsync("listed")).LeaseId);
        }

        var first = await platform.Leases.ListLeasesAsync(new() { Prefix = "goods/listed", PageSize = 2 }, platform.Administrator.Metadata);
        var second = await platform.Leases.ListLeasesAsync(new() { Prefix = "goods/listed", PageSize = 2, PageToken = first.NextPageToken }, platform.Administrator.Metadata);

        Assert.Equal(made, first.Leases.Concat(second.Leases).Select(lease => lease.LeaseId));
        Assert.Equal("", second.NextPageToken);
        await platform.Leases.ListLeasesAsync(new() { Prefix = "goods", PageToken = "x" }, platform.Administrator.Metadata).AssertRefusedAsync(ErrorReason.PageTokenInvalid);
    }

    [Fact]
    public async Task Revocation_ThatFails_IsAlarmed_TriedAgain_AndSucceedsOnceItCan()
    {
        await platform.PutTemplateAsync("stuck", revocation: "DROP OWNED BY {{name}}; DROP ROLE {{name}}; SELECT count(*) FROM goods");
        using var log = new LogCapture();
        var replica = await platform.Crypto.StartUnreadyReplicaAsync(
            platform.Crypto.ConnectionString, services => services.AddLogging(logging => logging.AddProvider(log)));
        await replica.WaitUntilReadyAsync();
        var credentials = await platform.IssueAsync("stuck");
        await platform.OnTargetAsync($"CREATE DATABASE held_{credentials.Username} OWNER \"{credentials.Username}\"");

        Assert.False((await platform.Crypto.As<LeaseService.LeaseServiceClient>("cli", replica).RevokeLeaseAsync(new() { LeaseId = credentials.LeaseId }, platform.User.Metadata)).Revoked);

        // Whatever else fails, nobody signs in any more.
        await Assert.ThrowsAsync<PostgresException>(() => platform.SignInAsync(credentials));
        await log.FindAsync($"The lease {credentials.LeaseId} with role {credentials.Username} is not revoked: try 1 failed");
        var alarm = await platform.Crypto.Audit.FindAsync("crypto.lease.revocation_failed", one => one.Attributes["role"] == credentials.Username && one.Attributes["failures"] == "2");
        Assert.Equal((Severity.High, "SQLSTATE_2BP01"), (alarm.Severity, alarm.Reason));

        await platform.OnTargetAsync($"DROP DATABASE held_{credentials.Username}");
        await platform.WaitUntilGoneAsync(credentials.Username);
    }

    [Fact]
    public async Task Template_PutRight_IsWhatStuckLeasesAreRevokedBy()
    {
        await platform.PutTemplateAsync("corrected", revocation: "SELECT 1 / (SELECT count(*) FROM goods); DROP OWNED BY {{name}}; DROP ROLE {{name}}");
        var credentials = await platform.IssueAsync("corrected");
        await platform.Crypto.TamperAsync($"UPDATE credential_templates SET revocation = 'SELECT 1 / 0 AS {{{{name}}}}' WHERE name = 'corrected'");
        Assert.False((await platform.Leases.RevokeLeaseAsync(new() { LeaseId = credentials.LeaseId }, platform.User.Metadata)).Revoked);

        await platform.PutTemplateAsync("corrected");

        await platform.WaitUntilGoneAsync(credentials.Username);
    }

    private async Task<(CreateCredentialsResponse? Lease, ErrorReason? Reason)> OutcomeAsync(string template, TestActor actor, ServiceHost? replica = null)
    {
        try
        {
            return (await platform.Crypto.As<DatabaseService.DatabaseServiceClient>("cli", replica).CreateCredentialsAsync(new() { Database = "goods", Template = template }, actor.Metadata), null);
        }
        catch (RpcException e)
        {
            return (null, McpSecureError.From(e).Reason);
        }
    }
}
