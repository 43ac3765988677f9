using McpSecure.Authorization.V1;
using McpSecure.Common.V1;

namespace McpSecure.Auth;

/// <summary>Reads from Authorization which roles a user holds.</summary>
internal sealed class RoleReader(RoleService.RoleServiceClient authorization)
{
    /// <summary>Returns the names of the user's roles that count everywhere: a token tells no organization and no part of the platform.</summary>
    /// <exception cref="Grpc.Core.RpcException">Authorization does not answer.</exception>
    public async Task<IReadOnlyList<string>> ReadAsync(Guid userId, CancellationToken cancellationToken)
    {
        var answer = await authorization.ListRoleAssignmentsAsync(
            new ListRoleAssignmentsRequest { Principal = new Principal { Type = PrincipalType.User, Id = userId.ToString() } },
            cancellationToken: cancellationToken);
        return [.. answer.Assignments.Where(assignment => assignment.Subtree.Length == 0).Select(assignment => assignment.Role)];
    }
}
