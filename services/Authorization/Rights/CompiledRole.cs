namespace McpSecure.Authorization;

/// <summary>A role with all that it includes, ready to be asked.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Parts">Itself, then what it includes, the nearest first; each role once.</param>
internal sealed record CompiledRole(string Name, IReadOnlyList<RolePart> Parts)
{
    /// <summary>
    /// Gathers a role and what it includes; null where it is not found. An included one that is not found allows nothing. A circle, which is
    /// never written, ends where it began.
    /// </summary>
    public static CompiledRole? Compile(string name, Func<string, Role?> find)
    {
        if (find(name) is not { } role)
        {
            return null;
        }

        var parts = new List<RolePart> { RolePart.Of(role, new Origin.OfRole(name, [])) };
        var seen = new HashSet<string>(StringComparer.Ordinal) { name };
        for (var i = 0; i < parts.Count; i++)
        {
            foreach (var included in parts[i].Role.Includes)
            {
                if (seen.Add(included) && find(included) is { } found)
                {
                    parts.Add(RolePart.Of(found, new Origin.OfRole(name, [.. parts[i].Origin.Through, included])));
                }
            }
        }

        return new(name, [.. parts]);
    }
}

/// <summary>A role that is held itself or through others.</summary>
/// <param name="Role">The role.</param>
/// <param name="Origin">How it is held.</param>
/// <param name="Index">Its permissions, in its order.</param>
internal sealed record RolePart(Role Role, Origin.OfRole Origin, PermissionIndex Index)
{
    public static RolePart Of(Role role, Origin.OfRole origin) => new(role, origin, new PermissionIndex(role.Permissions));
}
