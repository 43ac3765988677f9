namespace McpSecure.ApiKey.Tests;

public sealed class InMemoryApiKeyStoreTests : ApiKeyStoreContract
{
    private readonly InMemoryApiKeyStore store = new();

    private protected override IApiKeyStore Store => store;

    private protected override Task<IReadOnlyList<string>> EventsAsync() =>
        Task.FromResult<IReadOnlyList<string>>([.. store.Events.Select(told => told.EventId)]);
}
