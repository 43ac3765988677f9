using System.Text.Json;
using Npgsql;

namespace McpSecure.AppHost.Tests;

/// <summary>Starts the whole platform, as often as a question needs it.</summary>
public sealed class RunTests : IDisposable
{
    private const string Healthy = "McpSecure is up";

    // What is promised of SIGTERM. A killed AppHost can promise no time: DCP first has to notice, then ends everything in good order.
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan KilledLimit = TimeSpan.FromSeconds(30);

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Run_OfAService_ThatDies_IsTold_AndSigTermLeavesNoProcess_AndTheDataStays()
    {
        await using (var first = AppHostProcess.Start(folder.Path))
        {
            await first.WaitForAsync(Healthy);
            await ExecuteAsync("cryptodb", "CREATE TABLE kept (value text)");

            first.Kill("McpSecure.Crypto");

            await first.WaitForAsync("crypto stopped with exit code");
            Assert.InRange(await first.EndAsync(AppHostProcess.SigTerm), TimeSpan.Zero, EndLimit);
        }

        await using var second = AppHostProcess.Start(folder.Path);
        await second.WaitForAsync(Healthy);
        await ExecuteAsync("cryptodb", "SELECT value FROM kept");
    }

    [Fact]
    public async Task Run_Killed_LeavesNoProcess_AndStartsAgainAtOnce_FreshWhenToldSo()
    {
        await using (var first = AppHostProcess.Start(folder.Path))
        {
            await first.WaitForAsync(Healthy);
            await ExecuteAsync("cryptodb", "CREATE TABLE kept (value text)");
            Assert.InRange(await first.EndAsync(AppHostProcess.SigKill), TimeSpan.Zero, KilledLimit);
        }

        await using var second = AppHostProcess.Start(folder.Path, new Dictionary<string, string> { ["McpSecure__Data"] = "fresh" });
        await second.WaitForAsync(Healthy);
        var missing = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("cryptodb", "SELECT value FROM kept"));
        Assert.Equal(PostgresErrorCodes.UndefinedTable, missing.SqlState);
    }

    [Fact]
    public async Task Run_WritesProfiles_ThatOnlyTheirOwnerReads_AndKeepsDatabasesApart()
    {
        await using var platform = AppHostProcess.Start(folder.Path, new Dictionary<string, string> { ["McpSecure__Applications"] = "gateway, billing" });
        await platform.WaitForAsync(Healthy);

        foreach (var caller in (string[])["cli", "gateway", "billing"])
        {
            var profile = JsonSerializer.Deserialize<CallerProfile>(await File.ReadAllTextAsync(folder[$"{caller}.json"]), JsonSerializerOptions.Web)!;
            Assert.Equal(Settings.DefaultPorts.Keys.Order(StringComparer.Ordinal), profile.Addresses.Keys.Order(StringComparer.Ordinal));
            Assert.All(profile.Addresses.Values, address => Assert.StartsWith("https://localhost:", address, StringComparison.Ordinal));
            Assert.True(File.Exists(profile.CertificatePath));
        }

        // The services have whom to trust, and what was revoked, from Crypto.
        for (var tries = 0; !File.Exists(folder["certificates/ca.crl"]); tries++)
        {
            Assert.True(tries < 300, "Nobody asked Crypto for the revocation lists.");
            await Task.Delay(100);
        }

        Assert.All(Directory.EnumerateFiles(folder.Path, "*", SearchOption.AllDirectories).Where(file => !file.Contains("/postgres/", StringComparison.Ordinal)), file =>
        {
            const UnixFileMode others = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;
            Assert.True(Path.GetFileName(file) == "lock" || (File.GetUnixFileMode(file) & others) == UnixFileMode.None, $"{file} is open to others");
        });
        var refused = await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("authdb", "SELECT 1", "cryptodb_a", FirstPassword("cryptodb")));
        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
    }

    [Fact]
    public async Task Run_OnDataWhoseOwnersSignIn_AndWhereCryptosAccountIsNotKept_TakesTheWayInFromTheOwners()
    {
        const string LockedOut = PostgresErrorCodes.InvalidPassword; // it has none
        await using (var first = AppHostProcess.Start(folder.Path))
        {
            await first.WaitForAsync(Healthy);
            Assert.Equal(LockedOut, (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("cryptodb", "SELECT 1", "cryptodb", "any"))).SqlState);

            // As an earlier version left it, and as whoever was signed in as one login may leave it for another.
            await ExecuteAsync("cryptodb", "ALTER ROLE cryptodb LOGIN PASSWORD 'of old'; GRANT cryptodb_b TO authdb_b");
            await ExecuteAsync("cryptodb", "SELECT 1", "cryptodb", "of old");
            await first.EndAsync(AppHostProcess.SigTerm);
        }

        File.Delete(folder["secrets/crypto-database-account"]);
        await using var second = AppHostProcess.Start(folder.Path);
        await second.WaitForAsync(Healthy);
        Assert.Equal(LockedOut, (await Assert.ThrowsAsync<PostgresException>(() => ExecuteAsync("cryptodb", "SELECT 1", "cryptodb", "of old"))).SqlState);
        await ExecuteAsync("cryptodb", "DO $$ BEGIN ASSERT NOT pg_has_role('authdb_b', 'cryptodb', 'member'); END $$");
    }

    private string FirstPassword(string database) => File.ReadAllText(folder[$"secrets/{database}-first-login-password"]);

    private async Task ExecuteAsync(string database, string sql, string user = "postgres", string? password = null)
    {
        password ??= await File.ReadAllTextAsync(folder["secrets/postgres-password"]);
        // Line 4 of postmaster.pid is the port.
        var port = (await File.ReadAllLinesAsync(folder["postgres/data/postmaster.pid"]))[3];
        var connection = new NpgsqlConnection($"Host=localhost;Port={port};Database={database};Username={user};Password={password};Pooling=false");
        await using (connection)
        {
            await connection.OpenAsync();
            var command = new NpgsqlCommand(sql, connection);
            await using (command)
                await command.ExecuteNonQueryAsync();
        }
    }
}
