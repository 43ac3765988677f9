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

    public static readonly CallerPolicy Policy = CallerPolicy.For(AuthorizationService.Descriptor, RoleService.Descriptor)
        .Allow("mcpsecure.authorization.v1.AuthorizationService/CheckPermission", Deciders)
        .Allow("mcpsecure.authorization.v1.AuthorizationService/ExplainPermission", Deciders)
        .Allow("mcpsecure.authorization.v1.RoleService/ListRoles", CommandLine, Caller.Applications)
        .Allow("mcpsecure.authorization.v1.RoleService/AssignRole", CommandLine, Caller.Applications)
        .Allow("mcpsecure.authorization.v1.RoleService/UnassignRole", CommandLine, Caller.Applications)
        .Allow("mcpsecure.authorization.v1.RoleService/ListRoleAssignments", Auth, CommandLine, Caller.Applications)
        .Allow("mcpsecure.authorization.v1.RoleService/GrantFirstAdministrator", Auth);
}
