using System.Runtime.Versioning;
using McpSecure.Common.V1;
using McpSecure.Testing;
using Npgsql;

namespace McpSecure.Crypto.Tests;

/// <summary>
/// Breaks leases off at each step, as the death of the process would: triggers in Crypto's own database refuse the next write, whatever it is
/// for, so that nothing is cleaned up on the way out.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class LeaseCrashTests(LeasePlatform platform) : IClassFixture<LeasePlatform>
{
    [Fact]
    public async Task Crash_BetweenTheLeaseAndItsRole_LeavesNothing()
    {
        await DieAtAsync("BEFORE UPDATE", "true");
        await platform.OnTargetAsync("ALTER TABLE goods RENAME TO goods_away");
        await platform.Databases.CreateCredentialsAsync(new() { Database = "goods", Template = "reader" }, platform.User.Metadata).AssertRefusedAsync(ErrorReason.Internal);
        var role = await LastRoleAsync("creating");
        Assert.False(await platform.RoleExistsAsync(role));

        await platform.OnTargetAsync("ALTER TABLE goods_away RENAME TO goods");
        await ReviveAsync();

        await platform.WaitUntilGoneAsync(role);
    }

    [Fact]
    public async Task Crash_BetweenTheRoleAndItsActivation_LeavesNothing()
    {
        await DieAtAsync("BEFORE UPDATE", "true");
        await platform.Databases.CreateCredentialsAsync(new() { Database = "goods", Template = "reader" }, platform.User.Metadata).AssertRefusedAsync(ErrorReason.Internal);
        var role = await LastRoleAsync("creating");
        Assert.True(await platform.RoleExistsAsync(role));

        await ReviveAsync();

        await platform.WaitUntilGoneAsync(role);
    }

    [Fact]
    public async Task Crash_BetweenTheRolesEndAndTheLeases_LeavesNothing()
    {
        var credentials = await platform.IssueAsync();
        await DieAtAsync("BEFORE DELETE", "true");
        await platform.Leases.RevokeLeaseAsync(new() { LeaseId = credentials.LeaseId }, platform.User.Metadata).AssertRefusedAsync(ErrorReason.Internal);
        Assert.False(await platform.RoleExistsAsync(credentials.Username));
        Assert.Equal(credentials.Username, await LastRoleAsync("revoking"));

        await ReviveAsync();

        await platform.WaitUntilGoneAsync(credentials.Username);
    }

    [Fact]
    public async Task Crash_BetweenTheShutDoorAndTheRolesEnd_LeavesNothing()
    {
        var credentials = await platform.IssueAsync();
        await platform.OnTargetAsync($"ALTER ROLE \"{credentials.Username}\" NOLOGIN");
        await platform.Crypto.TamperAsync($"UPDATE leases SET state = 'revoking', due_at = now() WHERE role_name = '{credentials.Username}'");

        await platform.WaitUntilGoneAsync(credentials.Username);
    }

    [Fact]
    public async Task Crash_BetweenTheDatabasesRenewalAndOurs_EndsTheLeaseAsItSaidBefore()
    {
        var credentials = await platform.IssueAsync(lifetime: TimeSpan.FromSeconds(10));
        await DieAtAsync("BEFORE UPDATE", "NEW.expires_at > OLD.expires_at");
        await platform.Leases.RenewLeaseAsync(new() { LeaseId = credentials.LeaseId }, platform.User.Metadata).AssertRefusedAsync(ErrorReason.Internal);
        await platform.OnTargetAsync("SELECT 1");

        await platform.WaitUntilGoneAsync(credentials.Username);
        await platform.Crypto.TamperAsync("UPDATE leases_die SET armed = false");
    }

    [Fact]
    public async Task Revocation_WhileTheRoleIsBeingMade_LeavesNothing()
    {
        // The creation is held in the middle by a lock on what it grants; the lease is marked meanwhile.
        await using var holder = await platform.Target.OpenConnectionAsync();
        await using (var transaction = await holder.BeginTransactionAsync())
        {
            await using var hold = new NpgsqlCommand("LOCK TABLE goods IN ACCESS EXCLUSIVE MODE; UPDATE pg_class SET relname = relname WHERE relname = 'goods'", holder, transaction);
            await hold.ExecuteNonQueryAsync();
            var creation = platform.Databases.CreateCredentialsAsync(new() { Database = "goods", Template = "reader" }, platform.User.Metadata);
            while (await platform.Crypto.CountAsync("SELECT count(*) FROM leases WHERE state = 'creating'") == 0)
            {
                await Task.Delay(20);
            }

            var role = await LastRoleAsync("creating");
            await platform.Leases.RevokeLeasesAsync(new() { Prefix = "goods" }, platform.Administrator.Metadata);
            await Task.Delay(TimeSpan.FromSeconds(1.5));
            Assert.Equal(role, await LastRoleAsync("revoking"));
            await transaction.RollbackAsync();

            await creation.AssertRefusedAsync(ErrorReason.DependencyUnavailable);
            await platform.WaitUntilGoneAsync(role);
        }
    }

    // A table tells whether the triggers are armed, so that arming one needs no lock on the leases.
    private async Task DieAtAsync(string when, string condition)
    {
        var name = when == "BEFORE DELETE" ? "die_at_delete" : $"die_at_update_{condition.Length}";
        await ExecuteAsync(
            $"""
            CREATE TABLE IF NOT EXISTS leases_die (armed boolean);
            DELETE FROM leases_die;
            INSERT INTO leases_die VALUES (true);
            CREATE OR REPLACE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
                IF (SELECT armed FROM leases_die) THEN RAISE EXCEPTION 'dead'; END IF;
                RETURN coalesce(NEW, OLD);
            END $$;
            DROP TRIGGER IF EXISTS die_at_delete ON leases; DROP TRIGGER IF EXISTS die_at_update_4 ON leases; DROP TRIGGER IF EXISTS die_at_update_31 ON leases;
            CREATE TRIGGER {name} {when} ON leases FOR EACH ROW {(condition == "true" ? "" : $"WHEN ({condition})")} EXECUTE FUNCTION die();
            """);
    }

    // The next process comes when what was abandoned is due.
    private Task ReviveAsync() => ExecuteAsync("UPDATE leases_die SET armed = false; UPDATE leases SET due_at = now() WHERE state <> 'active'");

    private async Task ExecuteAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(platform.Crypto.ConnectionString);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private async Task<string> LastRoleAsync(string state)
    {
        await using var database = NpgsqlDataSource.Create(platform.Crypto.ConnectionString);
        await using var command = database.CreateCommand("SELECT role_name FROM leases WHERE state = $1 ORDER BY id DESC LIMIT 1");
        command.Parameters.Add(new() { Value = state });
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
