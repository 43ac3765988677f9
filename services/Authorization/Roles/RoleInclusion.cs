using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Knows which ways roles may include one another.</summary>
internal static class RoleInclusion
{
    /// <summary>The most roles one within another, itself counted.</summary>
    public const int MaxDepth = 8;

    /// <summary>Refuses roles of which one includes itself, or that lie too deep.</summary>
    /// <param name="roles">All roles of an organization, as they are to be.</param>
    /// <param name="changed">The one that is new or another than before; whatever else lies in a circle or too deep did so before.</param>
    /// <exception cref="Refusal">ROLE_NOT_FOUND, ROLE_CYCLE or ROLE_TOO_DEEP.</exception>
    public static void Check(IReadOnlyDictionary<string, Role> roles, Role changed)
    {
        foreach (var included in changed.Includes.Where(included => Find(roles, included) is null))
        {
            throw RoleAssignments.NotFound(included);
        }

        if (WayBack(roles, changed.Name) is { } cycle)
        {
            throw Refusal.Because(ErrorReason.RoleCycle, "The role would include itself.", ("cycle", string.Join(" > ", cycle)));
        }

        var deepest = new Dictionary<string, IReadOnlyList<string>>(StringComparer.Ordinal);
        var chain = roles.Keys.Select(name => Deepest(roles, name, deepest)).MaxBy(found => found.Count);
        if (chain is { Count: > MaxDepth })
        {
            throw Refusal.Because(
                ErrorReason.RoleTooDeep, $"At most {MaxDepth} roles may lie one within another.", ("chain", string.Join(" > ", chain)), ("limit", MaxDepth));
        }
    }

    // Each role is gone through once, so that the number of ways does not matter.
    private static List<string>? WayBack(IReadOnlyDictionary<string, Role> roles, string start)
    {
        var cameFrom = new Dictionary<string, string>(StringComparer.Ordinal);
        var open = new Queue<string>([start]);
        while (open.TryDequeue(out var name))
        {
            foreach (var included in Find(roles, name)?.Includes ?? [])
            {
                if (included == start)
                {
                    return WayFrom(start, name, cameFrom);
                }

                if (cameFrom.TryAdd(included, name))
                {
                    open.Enqueue(included);
                }
            }
        }

        return null;
    }

    private static List<string> WayFrom(string start, string end, Dictionary<string, string> cameFrom)
    {
        var way = new List<string> { start };
        for (var name = end; name != start; name = cameFrom[name])
        {
            way.Add(name);
        }

        way.Add(start);
        way.Reverse();
        return way;
    }

    // Without circles: the one that may be new was looked for.
    private static IReadOnlyList<string> Deepest(IReadOnlyDictionary<string, Role> roles, string name, Dictionary<string, IReadOnlyList<string>> known)
    {
        if (!known.TryGetValue(name, out var chain))
        {
            known[name] = [name];
            var below = (Find(roles, name)?.Includes ?? []).Select(included => Deepest(roles, included, known)).MaxBy(found => found.Count) ?? [];
            known[name] = chain = [name, .. below];
        }

        return chain;
    }

    private static Role? Find(IReadOnlyDictionary<string, Role> roles, string name) => roles.GetValueOrDefault(name) ?? BuiltInRoles.Find(name);
}
