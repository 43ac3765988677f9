using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>The questions that a rule speaks of: those that its patterns match, at and below a resource where one is given.</summary>
/// <param name="Permission">The patterns.</param>
/// <param name="Subtree">The resource at and below which they count; null: all.</param>
internal readonly record struct Region(Permission Permission, string? Subtree = null)
{
    /// <summary>Tells whether every question of the other region surely is one of this region. Never says yes wrongly.</summary>
    public bool Covers(Region other) =>
        (other.Subtree is not null || LiteralStart(other).StartsWith(LiteralStart(this), StringComparison.Ordinal))
        && Permission.Action.Covers(other.Permission.Action)
        && (Subtree is null || other.IsBelow(Subtree))
        && (Permission.Resource.Covers(other.Permission.Resource) || (other.Subtree is { } top && Permission.Resource.Covers(At(top)) && Permission.Resource.Covers(Below(top))));

    /// <summary>Tells whether some question may be of both regions. Never says no wrongly.</summary>
    public bool Overlaps(Region other) =>
        MayMeet(LiteralStart(this), LiteralStart(other))
        && Permission.Action.Overlaps(other.Permission.Action)
        && Permission.Resource.Overlaps(other.Permission.Resource)
        && other.Touches(Subtree)
        && Touches(other.Subtree)
        && (Subtree is null || other.Subtree is null || IsAtOrBelow(Subtree, other.Subtree) || IsAtOrBelow(other.Subtree, Subtree));

    // What is read off the text in an instant, as somebody's thousand grants are held against each of a hundred permissions. Of a set of one
    // character it sees nothing: then it says no where a yes would be right.
    private static ReadOnlySpan<char> LiteralStart(Region region)
    {
        var text = region.Permission.Resource.Text.AsSpan();
        var end = text.IndexOfAny("*?[");
        return end < 0 ? text : text[..end];
    }

    private static bool MayMeet(ReadOnlySpan<char> one, ReadOnlySpan<char> another) =>
        one.StartsWith(another, StringComparison.Ordinal) || another.StartsWith(one, StringComparison.Ordinal);

    private bool IsBelow(string top) =>
        (Subtree is { } own && IsAtOrBelow(own, top)) || At(top).Covers(Permission.Resource) || Below(top).Covers(Permission.Resource);

    private bool Touches(string? top) =>
        top is null || At(top).Overlaps(Permission.Resource) || Below(top).Overlaps(Permission.Resource);

    private static bool IsAtOrBelow(string resource, string top) =>
        resource.StartsWith(top, StringComparison.Ordinal) && (resource.Length == top.Length || resource[top.Length] == '/');

    // The path of a resource holds nothing that means something in a pattern, and is shorter than the longest pattern by what is added here,
    // but for the longest path, below which nothing is.
    private static FnmatchPattern At(string top) => new(top);

    private static FnmatchPattern Below(string top) =>
        top.Length + 2 <= FnmatchPattern.MaxLength ? new($"{top}/*") : new(top);
}
