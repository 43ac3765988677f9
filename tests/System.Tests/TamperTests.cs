using McpSecure.Audit.V1;
using Npgsql;

namespace McpSecure.SystemTests;

/// <summary>Changes the log from behind, as somebody with the database's superuser could.</summary>
[Collection(PlatformTests.Name)]
public sealed class TamperTests(PlatformFixture fixture)
{
    private const long Place = 3;

    [Fact]
    public async Task Entry_WithOneByteChanged_IsFoundAndLocated()
    {
        await using var database = NpgsqlDataSource.Create(fixture.Platform.ConnectionString("audit"));
        await FlipAsync(database);

        try
        {
            var (chain, fault) = await fixture.Story.Administrator.ReadChainAsync();
            var verdict = await fixture.Story.Administrator.Call<AuditService.AuditServiceClient>().VerifyLogAsync(new VerifyLogRequest());

            Assert.Equal(Place - 1, chain.Entries);
            Assert.NotNull(fault);
            Assert.False(verdict.Valid);
            Assert.Equal(Place, verdict.FirstInvalidSequence);
        }
        finally
        {
            await FlipAsync(database);
        }
    }

    // The lowest bit of the body's last byte. A replica's session is the one that no trigger stops.
    private static async Task FlipAsync(NpgsqlDataSource database)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var flip = new NpgsqlCommand(
            """
            SET session_replication_role = replica;
            UPDATE log_entries SET body = set_bit(body, (length(body) - 1) * 8, 1 - get_bit(body, (length(body) - 1) * 8)) WHERE sequence = 3;
            RESET session_replication_role;
            """,
            connection);
        Assert.Equal(1, await flip.ExecuteNonQueryAsync());
    }
}
