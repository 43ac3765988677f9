using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization.Tests;

public sealed class PostgresRoleAssignmentStoreTests(AuthorizationDatabase database)
    : RoleAssignmentStoreContract, IClassFixture<AuthorizationDatabase>, IAsyncLifetime
{
    private protected override IRoleAssignmentStore Store { get; } = new PostgresRoleAssignmentStore(database.DataSource, new AuditOutbox());

    public Task InitializeAsync() => database.ExecuteAsync("TRUNCATE role_assignments, audit_outbox");

    public Task DisposeAsync() => Task.CompletedTask;

    private protected override async Task<IReadOnlyList<AuditEvent>> EventsAsync()
    {
        await using var select = database.DataSource.CreateCommand("SELECT body FROM audit_outbox ORDER BY position");
        await using var reader = await select.ExecuteReaderAsync();
        var events = new List<AuditEvent>();
        while (await reader.ReadAsync())
        {
            events.Add(AuditEvent.Parser.ParseFrom(reader.GetFieldValue<byte[]>(0)));
        }

        return events;
    }
}
