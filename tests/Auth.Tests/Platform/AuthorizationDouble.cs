using System.Collections.Concurrent;
using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth.Tests;

/// <summary>Keeps the contract of Authorization in memory (administrators may do everything, others nothing), and fails when a test wants it to.</summary>
public sealed class AuthorizationDouble
{
    /// <summary>Gets or sets whether it answers UNAVAILABLE to everything.</summary>
    public bool IsAway { get; set; }

    /// <summary>Gets or sets whether it grants and then says that it is away, as when an answer is lost.</summary>
    public bool LosesAnswers { get; set; }

    /// <summary>Gets the roles by user id.</summary>
    public ConcurrentDictionary<string, string> Roles { get; } = new(StringComparer.Ordinal);

    public static CallerPolicy Policy { get; } = CallerPolicy.For(AuthorizationService.Descriptor, RoleService.Descriptor)
        .Allow("mcpsecure.authorization.v1.AuthorizationService/CheckPermission", Caller.Service("auth"))
        .Allow("mcpsecure.authorization.v1.RoleService/ListRoleAssignments", Caller.Service("auth"))
        .Allow("mcpsecure.authorization.v1.RoleService/GrantFirstAdministrator", Caller.Service("auth"));

    private static void ThrowIf(bool away)
    {
        if (away)
        {
            throw Refusal.Because(ErrorReason.DependencyUnavailable, "Away.");
        }
    }

    public sealed class Decisions(AuthorizationDouble authorization) : AuthorizationService.AuthorizationServiceBase
    {
        public override Task<CheckPermissionResponse> CheckPermission(CheckPermissionRequest request, ServerCallContext context)
        {
            ThrowIf(authorization.IsAway);
            return Task.FromResult(new CheckPermissionResponse { Allowed = authorization.Roles.GetValueOrDefault(request.Question.Principal.Id) == "admin" });
        }
    }

    public sealed class Grants(AuthorizationDouble authorization) : RoleService.RoleServiceBase
    {
        public override Task<ListRoleAssignmentsResponse> ListRoleAssignments(ListRoleAssignmentsRequest request, ServerCallContext context)
        {
            ThrowIf(authorization.IsAway);
            var response = new ListRoleAssignmentsResponse();
            if (authorization.Roles.TryGetValue(request.Principal.Id, out var role))
            {
                response.Assignments.Add(new RoleAssignment { Principal = request.Principal, Role = role });
            }

            return Task.FromResult(response);
        }

        public override Task<GrantFirstAdministratorResponse> GrantFirstAdministrator(GrantFirstAdministratorRequest request, ServerCallContext context)
        {
            ThrowIf(authorization.IsAway);
            lock (authorization.Roles)
            {
                if (authorization.Roles.Any(role => role.Value == "admin" && role.Key != request.UserId))
                {
                    throw Refusal.Because(ErrorReason.BootstrapRefused, "There is an administrator.");
                }

                authorization.Roles[request.UserId] = "admin";
            }

            ThrowIf(authorization.LosesAnswers);
            return Task.FromResult(new GrantFirstAdministratorResponse());
        }
    }
}
