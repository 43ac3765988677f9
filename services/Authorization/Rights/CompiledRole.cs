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
    public static CompiledRole? Compile(string name, Func<string, IndexedRole?> find)
    {
        if (find(name) is not { } role)
        {
            return null;
        }

        var parts = new List<RolePart> { new(role, new Origin.OfRole(name, [])) };
        var seen = new HashSet<string>(StringComparer.Ordinal) { name };
        for (var i = 0; i < parts.Count; i++)
        {
            foreach (var included in parts[i].Role.Includes)
            {
                if (seen.Add(included) && find(included) is { } found)
                {
                    parts.Add(new(found, new Origin.OfRole(name, [.. parts[i].Origin.Through, included])));
                }
            }
        }

        return new(name, [.. parts]);
    }
}

/// <summary>A role that is held itself or through others.</summary>
/// <param name="Indexed">The role, ready to be asked.</param>
/// <param name="Origin">How it is held.</param>
internal sealed record RolePart(IndexedRole Indexed, Origin.OfRole Origin)
{
    /// <summary>Gets the role.</summary>
    public Role Role => Indexed.Role;
}

/// <summary>A role and the index of its permissions, of which there is one however many roles include it.</summary>
internal sealed class IndexedRole(Role role)
{
    private PermissionIndex? index;

    /// <summary>Gets the role.</summary>
    public Role Role => role;

    /// <summary>Gets its permissions, in its order. Made when they are first asked: made twice by two threads, they are the same.</summary>
    public PermissionIndex Index => index ??= new(role.Permissions);
}
