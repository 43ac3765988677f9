namespace McpSecure.Authorization;

/// <summary>Names what this service tells the audit log.</summary>
internal static class Events
{
    /// <summary>A decision: SUCCESS when allowed, DENIED with the reason NO_RULE or SCOPE.</summary>
    public const string PermissionChecked = "authorization.permission.checked";

    /// <summary>A role was given, with the roles before and after; or DENIED with the reason.</summary>
    public const string RoleAssigned = "authorization.role.assigned";

    /// <summary>A role was taken, with the roles before and after; or DENIED with the reason.</summary>
    public const string RoleUnassigned = "authorization.role.unassigned";
}
