using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Allows every action that matches on every resource that matches. Both must match: one wildcard opens nothing alone.</summary>
internal sealed record Permission(FnmatchPattern Resource, FnmatchPattern Action)
{
    public bool Matches(string resource, string action) => Resource.Matches(resource) && Action.Matches(action);

    /// <summary>Tells whether this permission alone surely allows whatever the other one allows.</summary>
    public bool Covers(Permission other) => Resource.Covers(other.Resource) && Action.Covers(other.Action);

    /// <summary>Begins a group of permissions over the same resources, to be read as "on these, allow those".</summary>
    public static ResourcePatterns On(params string[] resources) => new(resources);

    /// <summary>Resources that get the same actions.</summary>
    internal readonly record struct ResourcePatterns(string[] Resources)
    {
        public IEnumerable<Permission> Allow(params string[] actions) =>
            from resource in Resources
            from action in actions
            select new Permission(new FnmatchPattern(resource), new FnmatchPattern(action));
    }
}
