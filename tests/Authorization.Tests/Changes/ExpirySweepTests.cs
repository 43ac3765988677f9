namespace McpSecure.Authorization.Tests;

public sealed class ExpirySweepTests(AuthorizationDatabase database) : IClassFixture<AuthorizationDatabase>
{
    [Fact]
    public async Task Sweep_RemovesWhatHasExpired_ABatchAtATime_AndNothingElse()
    {
        foreach (var end in (string[])["'2026-03-01'", "'2026-03-02'", "'2026-03-03'", "NULL"])
        {
            await database.ExecuteAsync(
                $"""
                INSERT INTO role_assignments (id, principal_kind, principal_id, role, assigned_at, subtree, expires_at)
                VALUES (gen_random_uuid(), 3, 'webshop', 'viewer', now(), 'servers/' || coalesce({end}, 'x'), {end});
                INSERT INTO grants (id, principal_kind, principal_id, resource_pattern, action_pattern, effect, second_factor, created_at, expires_at)
                VALUES (gen_random_uuid(), 3, 'webshop', 'servers', 'read', 1, false, now(), {end});
                """);
        }

        var before = new DateTimeOffset(2026, 3, 3, 0, 0, 0, TimeSpan.Zero);
        Assert.True(await ExpirySweep.SweepAsync(database.DataSource, before, most: 1, CancellationToken.None));
        Assert.Equal((3, 3), await CountAsync());
        Assert.False(await ExpirySweep.SweepAsync(database.DataSource, before, most: 10, CancellationToken.None));
        Assert.Equal((2, 2), await CountAsync());

        await using var command = database.DataSource.CreateCommand("SELECT count(*) FROM grants WHERE expires_at IS NULL OR expires_at = '2026-03-03'");
        Assert.Equal(2L, await command.ExecuteScalarAsync());
    }

    private async Task<(int Assignments, int Grants)> CountAsync()
    {
        await using var command = database.DataSource.CreateCommand("SELECT (SELECT count(*) FROM role_assignments)::int, (SELECT count(*) FROM grants)::int");
        await using var reader = await command.ExecuteReaderAsync();
        await reader.ReadAsync();
        return (reader.GetInt32(0), reader.GetInt32(1));
    }
}
