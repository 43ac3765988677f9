using System.Runtime.Versioning;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Npgsql;

namespace McpSecure.Crypto.Tests;

/// <summary>Holds Crypto and a database of somebody else's that it makes roles in.</summary>
[SupportedOSPlatform("linux")]
public sealed class LeasePlatform : IAsyncLifetime
{
    public const string Creation =
        "CREATE ROLE {{name}} LOGIN PASSWORD {{password}} VALID UNTIL {{expiration}}; GRANT USAGE, CREATE ON SCHEMA public TO {{name}}; GRANT SELECT ON goods TO {{name}}";

    private readonly PostgresDatabase target = new();

    public CryptoPlatform Crypto { get; } = new();

    public TestActor Administrator { get; private set; } = null!;

    public TestActor User { get; private set; } = null!;

    public DatabaseService.DatabaseServiceClient Databases { get; private set; } = null!;

    public LeaseService.LeaseServiceClient Leases { get; private set; } = null!;

    public NpgsqlDataSource Target => target.DataSource;

    public string TargetConnectionString => $"{target.ConnectionString};SSL Mode=Disable";

    public async Task InitializeAsync()
    {
        await Crypto.InitializeAsync();
        await target.InitializeAsync();
        Administrator = Crypto.Actors.SignIn("dba", "databases*:*", "leases*:*");
        User = Crypto.Actors.SignIn("uma", "databases/goods/templates/*:use");
        Databases = Crypto.As<DatabaseService.DatabaseServiceClient>("cli");
        Leases = Crypto.As<LeaseService.LeaseServiceClient>("cli");
        await OnTargetAsync("CREATE TABLE goods (name text); INSERT INTO goods VALUES ('tea')");
        await Databases.PutDatabaseAsync(new() { Name = "goods", ConnectionString = TargetConnectionString }, Administrator.Metadata);
        await PutTemplateAsync("reader");
    }

    public async Task PutTemplateAsync(string name, string revocation = "", int maxLeases = 0) =>
        await Databases.PutCredentialTemplateAsync(Template(name, revocation: revocation, maxLeases: maxLeases), Administrator.Metadata);

    public static PutCredentialTemplateRequest Template(string name, string creation = Creation, string renewal = "", string revocation = "", int maxLeases = 0) => new()
    {
        Database = "goods",
        Name = name,
        CreationStatements = creation,
        RenewalStatements = renewal,
        RevocationStatements = revocation,
        DefaultLifetime = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
        MaxLifetime = Duration.FromTimeSpan(TimeSpan.FromHours(2)),
        MaxLeases = maxLeases,
    };

    public async Task<CreateCredentialsResponse> IssueAsync(string template = "reader", TimeSpan? lifetime = null) => await Databases.CreateCredentialsAsync(
        new() { Database = "goods", Template = template, Lifetime = lifetime is { } time ? Duration.FromTimeSpan(time) : null }, User.Metadata);

    /// <summary>Signs in to the target as a role.</summary>
    public async Task<NpgsqlConnection> SignInAsync(CreateCredentialsResponse credentials)
    {
        var settings = new NpgsqlConnectionStringBuilder(target.ConnectionString) { Username = credentials.Username, Password = credentials.Password, Pooling = false };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        await connection.OpenAsync();
        return connection;
    }

    public async Task OnTargetAsync(string sql)
    {
        await using var command = Target.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    public async Task<T> AskTargetAsync<T>(string sql)
    {
        await using var command = Target.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public Task<bool> RoleExistsAsync(string role) => AskTargetAsync<bool>($"SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}')");

    /// <summary>Waits until a role and its lease are gone.</summary>
    public async Task WaitUntilGoneAsync(string role)
    {
        for (var begun = TimeProvider.System.GetTimestamp(); ; await Task.Delay(50))
        {
            if (!await RoleExistsAsync(role) && await Crypto.CountAsync($"SELECT count(*) FROM leases WHERE role_name = '{role}'") == 0)
            {
                return;
            }

            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(20), $"The role {role} or its lease is still there.");
        }
    }

    public async Task DisposeAsync()
    {
        await Crypto.DisposeAsync();
        await target.DisposeAsync();
    }
}
