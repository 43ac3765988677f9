namespace McpSecure.Authorization;

/// <summary>Goes over a resource and those above it, the nearest first: <c>a/b/c</c>, <c>a/b</c>, <c>a</c>. Without an allocation.</summary>
internal ref struct AtAndAbove(ReadOnlySpan<char> resource)
{
    private ReadOnlySpan<char> left = resource;
    private bool done;

    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>Gives all of them.</summary>
    public static string[] Of(string resource)
    {
        var all = new List<string>();
        foreach (var above in new AtAndAbove(resource))
        {
            all.Add(above.ToString());
        }

        return [.. all];
    }

    public readonly AtAndAbove GetEnumerator() => this;

    public bool MoveNext()
    {
        if (done)
        {
            return false;
        }

        Current = left;
        var slash = left.LastIndexOf('/');
        done = slash < 0;
        left = done ? left : left[..slash];
        return true;
    }
}
