using McpSecure.Authorization.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Lists who may call which rpc.</summary>
internal static class Callers
{
    public const string AuthName = "auth";
    public const string CommandLineName = "cli";

    private static readonly Caller Auth = Caller.Service(AuthName);
    private static readonly Caller CommandLine = Caller.Service(CommandLineName);
    private static readonly Caller[] Deciders =
        [Auth, Caller.Service("apikey"), Caller.Service("audit"), Caller.Service("crypto"), CommandLine, Caller.Applications];

    private static readonly Caller[] Managers = [CommandLine, Caller.Applications];

    public static readonly CallerPolicy Policy = CallerPolicy.For(
            AuthorizationService.Descriptor, OrganizationService.Descriptor, RoleService.Descriptor, GrantService.Descriptor, ResourceService.Descriptor)
        .Allow("mcpsecure.authorization.v1.AuthorizationService/CheckPermission", Deciders)
        .Allow("mcpsecure.authorization.v1.AuthorizationService/ExplainPermission", Deciders)
        .Allow("mcpsecure.authorization.v1.AuthorizationService/CheckPermissions", Deciders)
        .Allow("mcpsecure.authorization.v1.AuthorizationService/ListPermissions", Deciders)
        .Allow("mcpsecure.authorization.v1.AuthorizationService/ListAllowedResources", Deciders)
        .Allow("mcpsecure.authorization.v1.AuthorizationService/ListAllowedPrincipals", Deciders)
        .Allow("mcpsecure.authorization.v1.OrganizationService/CreateOrganization", Managers)
        .Allow("mcpsecure.authorization.v1.OrganizationService/GetOrganization", Managers)
        .Allow("mcpsecure.authorization.v1.OrganizationService/ListOrganizations", Managers)
        .Allow("mcpsecure.authorization.v1.OrganizationService/UpdateOrganization", Managers)
        .Allow("mcpsecure.authorization.v1.OrganizationService/DeleteOrganization", Managers)
        .Allow("mcpsecure.authorization.v1.OrganizationService/AddMember", Managers)
        .Allow("mcpsecure.authorization.v1.OrganizationService/RemoveMember", Managers)
        .Allow("mcpsecure.authorization.v1.OrganizationService/ListMembers", Managers)
        .Allow("mcpsecure.authorization.v1.RoleService/ListRoles", Managers)
        .Allow("mcpsecure.authorization.v1.RoleService/GetRole", Managers)
        .Allow("mcpsecure.authorization.v1.RoleService/CreateRole", Managers)
        .Allow("mcpsecure.authorization.v1.RoleService/UpdateRole", Managers)
        .Allow("mcpsecure.authorization.v1.RoleService/DeleteRole", Managers)
        .Allow("mcpsecure.authorization.v1.RoleService/AssignRole", Managers)
        .Allow("mcpsecure.authorization.v1.RoleService/UnassignRole", Managers)
        .Allow("mcpsecure.authorization.v1.RoleService/ListRoleAssignments", Auth, CommandLine, Caller.Applications)
        .Allow("mcpsecure.authorization.v1.RoleService/GrantFirstAdministrator", Auth)
        .Allow("mcpsecure.authorization.v1.GrantService/GrantPermission", Managers)
        .Allow("mcpsecure.authorization.v1.GrantService/RevokeGrant", Managers)
        .Allow("mcpsecure.authorization.v1.GrantService/ListGrants", Managers)
        .Allow("mcpsecure.authorization.v1.ResourceService/RegisterResource", Managers)
        .Allow("mcpsecure.authorization.v1.ResourceService/GetResource", Managers)
        .Allow("mcpsecure.authorization.v1.ResourceService/TransferResource", Managers)
        .Allow("mcpsecure.authorization.v1.ResourceService/UnregisterResource", Managers)
        .Allow("mcpsecure.authorization.v1.ResourceService/ListResources", Managers);
}
