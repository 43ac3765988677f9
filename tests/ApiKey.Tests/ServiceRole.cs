using Npgsql;

namespace McpSecure.ApiKey.Tests;

/// <summary>
/// Gives a database to an owner that cannot sign in, and a login that acts as the owner, as a deployment does. A superuser would pass by
/// row-level security.
/// </summary>
internal static class ServiceRole
{
    private const string Password = "as-the-service";

    /// <summary>Returns the connection string of the login.</summary>
    public static async Task<string> TakeOverAsync(string superuser)
    {
        var connection = new NpgsqlConnectionStringBuilder(superuser);
        var owner = $"{connection.Database}_owner";
        var login = $"{connection.Database}_a";
        await using var database = NpgsqlDataSource.Create(superuser);
        await using var create = database.CreateCommand(
            $"""
            CREATE ROLE {owner};
            CREATE ROLE {login} LOGIN PASSWORD '{Password}' IN ROLE {owner};
            ALTER ROLE {login} SET role = '{owner}';
            ALTER DATABASE {connection.Database} OWNER TO {owner};
            """);
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(superuser) { Username = login, Password = Password }.ConnectionString;
    }
}
