using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey.Tests;

public sealed class PostgresApiKeyStoreTests(ApiKeyDatabase database) : ApiKeyStoreContract, IClassFixture<ApiKeyDatabase>, IAsyncLifetime
{
    private protected override IApiKeyStore Store { get; } = new PostgresApiKeyStore(new KeyDatabase(database.DataSource), new AuditOutbox());

    public Task InitializeAsync() => database.ExecuteAsync("TRUNCATE api_keys, audit_outbox");

    public Task DisposeAsync() => Task.CompletedTask;

    private protected override async Task<IReadOnlyList<string>> EventsAsync()
    {
        await using var select = database.DataSource.CreateCommand("SELECT event_id FROM audit_outbox ORDER BY position");
        await using var reader = await select.ExecuteReaderAsync();
        var events = new List<string>();
        while (await reader.ReadAsync())
        {
            events.Add(reader.GetGuid(0).ToString());
        }

        return events;
    }
}
