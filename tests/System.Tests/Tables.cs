using Npgsql;

namespace McpSecure.SystemTests;

/// <summary>Looks into a service's database from behind.</summary>
internal static class Tables
{
    public static async Task<IReadOnlyList<string>> ListAsync(NpgsqlDataSource database)
    {
        await using var list = database.CreateCommand(
            "SELECT quote_ident(table_name) FROM information_schema.tables WHERE table_schema = 'public' AND table_type = 'BASE TABLE' ORDER BY 1");
        await using var reader = await list.ExecuteReaderAsync();
        var names = new List<string>();

        while (await reader.ReadAsync())
        {
            names.Add(reader.GetString(0));
        }

        Assert.NotEmpty(names);

        return names;
    }

    public static async Task<long> CountAsync(NpgsqlDataSource database, string table, string condition = "true")
    {
        await using var count = database.CreateCommand($"SELECT count(*) FROM {table} WHERE {condition}");

        return (long)(await count.ExecuteScalarAsync())!;
    }
}
