using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.ApiKey.Tests;

/// <summary>Asks with statements written by hand, signed in as the service is: what the store forgets to ask for, the database must not show.</summary>
public sealed class RowLevelSecurityTests(ApiKeyDatabase database) : IClassFixture<ApiKeyDatabase>, IAsyncLifetime
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly Guid Owner = new("0190b5a1-0000-7000-8000-000000000001");
    private static readonly Guid AnotherOwner = new("0190b5a1-0000-7000-8000-000000000002");
    private static readonly Guid Organization = new("0190b5a1-0000-7000-8000-0000000000a1");

    private readonly KeyDatabase keys = new(database.DataSource);
    private readonly ApiKeyRecord own = NewKey(Owner);
    private readonly ApiKeyRecord anothers = NewKey(AnotherOwner) with { OrganizationId = Organization };

    public async Task InitializeAsync()
    {
        await database.ExecuteAsync("TRUNCATE api_keys, audit_outbox");
        var store = new PostgresApiKeyStore(keys, new AuditOutbox());
        foreach (var key in new[] { own, anothers })
        {
            await store.AddAsync(key, new(9, 9), new AuditEvent { EventId = Guid.CreateVersion7(Now).ToString() }, CancellationToken.None);
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Role_OfTheService_OwnsTheTableAndPassesNothingBy()
    {
        Assert.Equal("f", await AskAsync(null, "SELECT left((rolsuper OR rolbypassrls)::text, 1) FROM pg_roles WHERE rolname = current_user"));
        Assert.Equal("t", await AskAsync(null, "SELECT left((rolname = current_user)::text, 1) FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner WHERE relname = 'api_keys'"));
        Assert.Equal("f", await AskAsync(null, "SELECT left((rolsuper OR rolbypassrls)::text, 1) FROM pg_roles WHERE rolname = session_user"));
    }

    /// <summary>A table that a later migration brings and forgets to protect shows up here.</summary>
    [Fact]
    public async Task Table_OfOwners_IsUnderForcedRowLevelSecurity() => Assert.Equal("", await AskAsync(null,
        """
        SELECT string_agg(DISTINCT c.relname, ',') FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
        WHERE c.relkind IN ('r', 'p') AND a.attname IN ('owner_id', 'api_key_id', 'key_id') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)
        """));

    [Theory]
    [InlineData("SELECT count(*) FROM api_keys")]
    [InlineData("WITH gone AS (UPDATE api_keys SET revoked_at = now() RETURNING 1) SELECT count(*) FROM gone")]
    [InlineData("WITH gone AS (DELETE FROM api_keys RETURNING 1) SELECT count(*) FROM gone")]
    public async Task Nobody_Named_SeesAndChangesNothing(string sql) => Assert.Equal("0", await AskAsync(null, sql));

    [Fact]
    public async Task Attack_IdorAcrossOwners_AnothersRowIsNeitherReadNorChanged()
    {
        var scope = RowScope.OfOwner(Owner);

        Assert.Equal($"{own.Id}", await AskAsync(scope, "SELECT string_agg(id::text, ',') FROM api_keys"));
        Assert.Equal("", await AskAsync(scope, $"SELECT secret_hash FROM api_keys WHERE id = '{anothers.Id}'"));
        Assert.Equal("", await AskAsync(scope, $"SELECT id FROM api_keys WHERE id = '{anothers.Id}' FOR UPDATE"));
        Assert.Equal("", await AskAsync(scope, $"UPDATE api_keys SET name = 'mine' WHERE id = '{anothers.Id}' RETURNING id"));
        Assert.Equal("", await AskAsync(scope, $"DELETE FROM api_keys WHERE id = '{anothers.Id}' RETURNING id"));
        Assert.Equal("laptop", await AskAsync(RowScope.OfKey(anothers.Id), "SELECT string_agg(name, ',') FROM api_keys"));
    }

    [Fact]
    public async Task Attack_IdorAcrossOwners_OwnRowIsNotGivenAwayNorAnothersTaken()
    {
        var scope = RowScope.OfOwner(Owner);

        Assert.Equal("42501", await StateOfAsync(scope, $"UPDATE api_keys SET owner_id = '{AnotherOwner}' WHERE id = '{own.Id}'")); // insufficient_privilege
        Assert.Equal("42501", await StateOfAsync(scope,
            $"INSERT INTO api_keys (id, owner_id, name, scopes, secret_hash, created_at) VALUES ('{ApiKeyId.New(Now)}', '{AnotherOwner}', 'x', '{{mcp:read}}', 'x', now())"));
        Assert.Equal("42501", await StateOfAsync(scope,
            $"""
            INSERT INTO api_keys (id, owner_id, name, scopes, secret_hash, created_at) VALUES ('{anothers.Id}', '{Owner}', 'x', '{"{"}mcp:read{"}"}', 'x', now())
            ON CONFLICT (id) DO UPDATE SET owner_id = excluded.owner_id
            """));
    }

    [Fact]
    public async Task Attack_IdorAcrossOrganizations_AnotherOrganizationsRowIsNeitherReadNorChanged()
    {
        Assert.Equal($"{anothers.Id}", await AskAsync(RowScope.OfOrganization(Organization), "SELECT string_agg(id::text, ',') FROM api_keys"));
        Assert.Equal("", await AskAsync(RowScope.OfOrganization(Owner), "UPDATE api_keys SET name = 'mine' RETURNING id"));
        Assert.Equal("", await AskAsync(RowScope.OfOrganization(Organization), $"UPDATE api_keys SET name = 'mine' WHERE id = '{own.Id}' RETURNING id"));
    }

    [Fact]
    public async Task Validation_OfAKey_SeesItsOneRow()
    {
        Assert.Equal($"{own.Id}", await AskAsync(RowScope.OfKey(own.Id), "SELECT string_agg(id::text, ',') FROM api_keys"));
        Assert.Equal("42501", await StateOfAsync(RowScope.OfKey(own.Id), $"UPDATE api_keys SET id = '{ApiKeyId.New(Now)}' WHERE id = '{own.Id}'"));
        Assert.Equal("", await AskAsync(RowScope.OfKey(own.Id), "DELETE FROM api_keys RETURNING id"));
    }

    [Fact]
    public async Task Validation_OfAnImportedKey_SeesTheRowThatItsTextFindsAndChangesNothing()
    {
        var (mine, other) = (new KeyLookup(new byte[32]), new KeyLookup(Enumerable.Repeat((byte)1, 32).ToArray()));
        await using (var transaction = await keys.BeginAsync(RowScope.Administrator, CancellationToken.None))
        {
            await using var set = transaction.Command($"UPDATE api_keys SET lookup = decode(CASE id WHEN '{own.Id}' THEN '{mine.ToHex()}' ELSE '{other.ToHex()}' END, 'hex')");
            await set.ExecuteNonQueryAsync();
            await transaction.CommitAsync(CancellationToken.None);
        }

        var scope = RowScope.OfLookups([mine, new KeyLookup(Enumerable.Repeat((byte)2, 32).ToArray())]);

        Assert.Equal($"{own.Id}", await AskAsync(scope, "SELECT string_agg(id::text, ',') FROM api_keys"));
        Assert.Equal("", await AskAsync(scope, "UPDATE api_keys SET name = 'mine' RETURNING id"));
        Assert.Equal("0", await AskAsync(RowScope.OfLookups([]), "SELECT count(*) FROM api_keys"));
    }

    [Fact]
    public async Task Scope_OfATransaction_EndsWithIt()
    {
        await using var connection = await database.DataSource.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            await using var say = new NpgsqlCommand("SELECT set_config('mcpsecure.administrator', 'on', true)", connection, transaction);
            await say.ExecuteNonQueryAsync();
            await transaction.CommitAsync();
        }

        await using var count = new NpgsqlCommand("SELECT count(*) FROM api_keys", connection);
        Assert.Equal(0L, await count.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Administrator_SaidSo_SeesAll() => Assert.Equal("2", await AskAsync(RowScope.Administrator, "SELECT count(*) FROM api_keys"));

    private async Task<string> AskAsync(RowScope? scope, string sql)
    {
        if (scope is null)
        {
            await using var alone = database.DataSource.CreateCommand(sql);
            return $"{await alone.ExecuteScalarAsync()}";
        }

        await using var transaction = await keys.BeginAsync(scope, CancellationToken.None);
        await using var command = transaction.Command(sql);
        return $"{await command.ExecuteScalarAsync()}";
    }

    private async Task<string> StateOfAsync(RowScope scope, string sql) =>
        (await Assert.ThrowsAsync<PostgresException>(() => AskAsync(scope, sql))).SqlState;

    private static ApiKeyRecord NewKey(Guid owner) =>
        new(ApiKeyId.New(Now), owner, "laptop", ["mcp:read"], new SecretHash("$2a$10$x"), Now, ExpiresAt: null, RevokedAt: null);
}
