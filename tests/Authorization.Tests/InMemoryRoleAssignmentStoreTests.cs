using McpSecure.Audit.V1;

namespace McpSecure.Authorization.Tests;

public sealed class InMemoryRoleAssignmentStoreTests : RoleAssignmentStoreContract
{
    private readonly InMemoryRoleAssignmentStore store = new();

    private protected override IRoleAssignmentStore Store => store;

    private protected override Task<IReadOnlyList<AuditEvent>> EventsAsync() => Task.FromResult<IReadOnlyList<AuditEvent>>(store.Events);
}
