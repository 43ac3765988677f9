namespace McpSecure.Authorization;

/// <summary>A permission and the role that holds it.</summary>
internal sealed record HeldPermission(string Role, Permission Permission);

/// <summary>What a principal may do: his roles and their permissions, ready to be asked.</summary>
internal sealed class Rights
{
    /// <summary>Gathers the permissions of roles. A name that is no role here, such as one of a newer version's, allows nothing.</summary>
    public Rights(IReadOnlyList<string> roles)
    {
        Roles = roles;
        Permissions =
        [
            .. from name in roles
               let role = BuiltInRoles.Find(name)
               where role is not null
               from permission in role.Permissions
               select new HeldPermission(name, permission),
        ];
    }

    /// <summary>Gets the names of the roles held.</summary>
    public IReadOnlyList<string> Roles { get; }

    /// <summary>Gets the permissions of all roles held, in the roles' order.</summary>
    public IReadOnlyList<HeldPermission> Permissions { get; }

    public static Rights Of(IEnumerable<RoleAssignment> assignments) => new([.. assignments.Select(assignment => assignment.Role)]);

    /// <summary>
    /// Tells whether this holder, through these scopes, could use all of a role himself. One permission of his and, where he is narrowed,
    /// one of a scope's must each cover each permission of the role whole: what only several together cover is not held.
    /// </summary>
    public bool Include(Role role, IReadOnlyCollection<string> scopes) =>
        role.Permissions.All(wanted =>
            Permissions.Any(held => held.Permission.Covers(wanted))
            && (scopes.Count == 0 || scopes.Any(scope => Scopes.LetsAllThrough(scope, wanted))));
}
