namespace McpSecure.Authorization;

/// <summary>Names what this service tells the audit log.</summary>
internal static class Events
{
    /// <summary>A decision: SUCCESS when allowed, DENIED with what decided (NO_RULE, DENY, SCOPE, NARROWED, SECOND_FACTOR).</summary>
    public const string PermissionChecked = "authorization.permission.checked";

    /// <summary>Somebody was told which rules count for a principal.</summary>
    public const string PermissionsListed = "authorization.permissions.listed";

    /// <summary>Somebody was told on which resources a principal may do an action.</summary>
    public const string AllowedResourcesListed = "authorization.allowed_resources.listed";

    /// <summary>Somebody was told who may do an action on a resource.</summary>
    public const string AllowedPrincipalsListed = "authorization.allowed_principals.listed";

    /// <summary>A role was given, with the roles before and after; or DENIED with the reason.</summary>
    public const string RoleAssigned = "authorization.role.assigned";

    /// <summary>A role was taken, with the roles before and after; or DENIED with the reason.</summary>
    public const string RoleUnassigned = "authorization.role.unassigned";

    /// <summary>An organization was made, with its first administrator; or DENIED with the reason.</summary>
    public const string OrganizationCreated = "authorization.organization.created";

    /// <summary>An organization is displayed otherwise; or DENIED with the reason.</summary>
    public const string OrganizationUpdated = "authorization.organization.updated";

    /// <summary>An organization is gone with its members and what they held in it; or DENIED with the reason.</summary>
    public const string OrganizationDeleted = "authorization.organization.deleted";

    /// <summary>A principal became a member of an organization; or DENIED with the reason.</summary>
    public const string MemberAdded = "authorization.member.added";

    /// <summary>A membership ended with all that was held by it; or DENIED with the reason.</summary>
    public const string MemberRemoved = "authorization.member.removed";

    /// <summary>An organization made a role; or DENIED with the reason.</summary>
    public const string RoleCreated = "authorization.role.created";

    /// <summary>A role means something else, with its permissions before and after; or DENIED with the reason.</summary>
    public const string RoleUpdated = "authorization.role.updated";

    /// <summary>A role is gone; or DENIED with the reason.</summary>
    public const string RoleDeleted = "authorization.role.deleted";

    /// <summary>A permission was granted, or a denial laid upon somebody; or DENIED with the reason.</summary>
    public const string PermissionGranted = "authorization.permission.granted";

    /// <summary>A grant was taken back; or DENIED with the reason.</summary>
    public const string GrantRevoked = "authorization.grant.revoked";

    /// <summary>A resource has an owner now; or DENIED with the reason.</summary>
    public const string ResourceRegistered = "authorization.resource.registered";

    /// <summary>A resource has another owner; or DENIED with the reason.</summary>
    public const string ResourceTransferred = "authorization.resource.transferred";

    /// <summary>A resource has no owner any more; or DENIED with the reason.</summary>
    public const string ResourceUnregistered = "authorization.resource.unregistered";
}
