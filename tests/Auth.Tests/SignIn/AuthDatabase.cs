using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Npgsql;

namespace McpSecure.Auth.Tests;

/// <summary>Gives stores a real database with the tables of Auth.</summary>
public sealed class AuthDatabase : IAsyncLifetime
{
    private readonly PostgresDatabase database = new();

    public NpgsqlDataSource DataSource => database.DataSource;

    public async Task InitializeAsync()
    {
        await database.InitializeAsync();
        foreach (var assembly in new[] { typeof(AuditOutbox).Assembly, typeof(UserStore).Assembly })
        {
            foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith("Sql/", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
                await using var migration = DataSource.CreateCommand(await reader.ReadToEndAsync());
                await migration.ExecuteNonQueryAsync();
            }
        }
    }

    public Task DisposeAsync() => database.DisposeAsync();
}
