using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Adds what this service is made of, one method a capability.</summary>
internal static class AuthorizationServices
{
    /// <summary>Adds decisions, also for the gate of this service itself: it asks no peer for them.</summary>
    public static void AddDecisions(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IRoleAssignmentStore, PostgresRoleAssignmentStore>();
        builder.Services.AddSingleton<RightsStore>();
        builder.Services.AddSingleton<RightsReader>();
        builder.Services.AddSingleton<PermissionDecider>();
        builder.Services.AddSingleton<IPermissionChecker, OwnPermissionChecker>();
        builder.Services.AddSingleton<Actors>();
    }

    /// <summary>Adds the giving and taking of roles.</summary>
    public static void AddRoles(this WebApplicationBuilder builder) => builder.Services.AddSingleton<RoleAssigner>();
}
