using McpSecure.Testing;
using Npgsql;

namespace McpSecure.Benchmarks;

/// <summary>
/// Gives Authorization what it needs to be itself: a database and Redis. Only its own process is measured.
/// </summary>
internal sealed class AuthorizationSurroundings
{
    /// <summary>The user who is asked about: a developer with 100 grants of his own.</summary>
    public const string UserId = "0199e7d8-0000-7000-8000-000000000001";

    private const string Database = "ConnectionStrings:authorizationdb";
    private static Task<AuthorizationSurroundings>? shared;

    private AuthorizationSurroundings(params KeyValuePair<string, string?>[] settings) => Settings = settings;

    /// <summary>Gets the settings of an Authorization.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Settings { get; }

    public static Task<AuthorizationSurroundings> SharedAsync() => shared ??= StartAsync();

    /// <summary>Gives the user his rights, once the service has made its tables.</summary>
    public static async Task GiveRightsAsync(CancellationToken cancellationToken)
    {
        var connectionString = (await shared!).Settings.Single(setting => setting.Key == Database).Value!;
        await using var database = NpgsqlDataSource.Create(connectionString);
        await using var insert = database.CreateCommand(
            $"""
            INSERT INTO role_assignments (id, principal_kind, principal_id, role, assigned_at)
            VALUES ('{UserId}', 1, '{UserId}', 'developer', now()) ON CONFLICT DO NOTHING;
            INSERT INTO grants (id, principal_kind, principal_id, resource_pattern, action_pattern, effect, second_factor, created_at)
            SELECT gen_random_uuid(), 1, '{UserId}', 'reports/' || i || '/*', 'read', 1, false, now() FROM generate_series(1, 100) AS i
            WHERE NOT EXISTS (SELECT FROM grants);
            """);
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task<AuthorizationSurroundings> StartAsync() => new(
        new(Database, await (await PostgresServer.SharedAsync()).CreateDatabaseAsync()),
        new("ConnectionStrings:redis", (await RedisServer.SharedAsync()).ConnectionString),
        new("Peers:auth", "https://localhost:1"));
}
