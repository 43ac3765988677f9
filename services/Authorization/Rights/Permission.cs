using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>What a permission does to the questions that it matches. Stored by number: never renumbered.</summary>
internal enum Effect
{
    /// <summary>Allows, unless something denies.</summary>
    Allow = 1,

    /// <summary>Denies, whatever allows.</summary>
    Deny = 2,
}

/// <summary>Allows, or denies, every action that matches on every resource that matches. Both must match: one wildcard opens nothing alone.</summary>
internal sealed record Permission(FnmatchPattern Resource, FnmatchPattern Action)
{
    public Effect Effect { get; init; } = Effect.Allow;

    /// <summary>Gets whether it allows only those who show a recent second factor. Means nothing where it denies: a denial needs no proof.</summary>
    public bool SecondFactor { get; init; }

    public bool Matches(string resource, string action) => Resource.Matches(resource) && Action.Matches(action);

    /// <summary>Tells whether the patterns of this permission alone surely match whatever those of the other one match.</summary>
    public bool Covers(Permission other) => Resource.Covers(other.Resource) && Action.Covers(other.Action);

    /// <summary>Tells whether another permission is written as this one is.</summary>
    public bool IsSameAs(Permission other) =>
        Resource.Text == other.Resource.Text && Action.Text == other.Action.Text && Effect == other.Effect && SecondFactor == other.SecondFactor;

    /// <summary>Writes it for events: <c>servers/*:read</c>, with <c>!</c> in front where it denies and <c>#</c> behind where it demands a second factor.</summary>
    public string ToText() => $"{(Effect == Effect.Deny ? "!" : "")}{Resource.Text}:{Action.Text}{(SecondFactor ? "#" : "")}";

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
