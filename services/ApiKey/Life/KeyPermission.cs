using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Lets a key do every action that matches on every resource that matches, as far as its owner may. Both must match.</summary>
internal sealed record KeyPermission(FnmatchPattern Resource, FnmatchPattern Action)
{
    /// <summary>Makes one of two patterns.</summary>
    public static KeyPermission Of(string resourcePattern, string actionPattern) => new(new FnmatchPattern(resourcePattern), new FnmatchPattern(actionPattern));

    public bool Matches(string resource, string action) => Resource.Matches(resource) && Action.Matches(action);

    /// <summary>Tells whether this permission alone surely lets do whatever the other one does.</summary>
    public bool Covers(KeyPermission other) => Resource.Covers(other.Resource) && Action.Covers(other.Action);

    public bool Equals(KeyPermission? other) => other is not null && Resource.Text == other.Resource.Text && Action.Text == other.Action.Text;

    public override int GetHashCode() => HashCode.Combine(Resource.Text, Action.Text);

    /// <summary>Writes it for people and the audit log.</summary>
    public override string ToString() => $"{Resource}:{Action}";
}
