using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Adds what this service is made of, one method a capability.</summary>
internal static class AuthorizationServices
{
    /// <summary>Adds decisions, also for the gate of this service itself: it asks no peer for them.</summary>
    public static void AddDecisions(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RightsStore>();
        builder.Services.AddSingleton<RightsReader>();
        builder.Services.AddSingleton<PermissionDecider>();
        builder.Services.AddSingleton<AllowedLists>();
        builder.Services.AddSingleton<IPermissionChecker, OwnPermissionChecker>();
        builder.Services.AddSingleton<Actors>();
    }

    /// <summary>Adds the changing of rights: organizations, roles, grants, ownership.</summary>
    public static void AddChanges(this WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<RightsChanges>();
        builder.Services.AddSingleton<ChangeCalls>();
        builder.Services.AddSingleton<OrganizationGate>();
        builder.Services.AddSingleton<OrganizationStore>();
        builder.Services.AddSingleton<CustomRoleStore>();
        builder.Services.AddSingleton<RoleAssignmentStore>();
        builder.Services.AddSingleton<GrantStore>();
        builder.Services.AddSingleton<ResourceStore>();
        builder.Services.AddHostedService<ExpirySweep>();
    }
}
