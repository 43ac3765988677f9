namespace McpSecure.Authorization;

/// <summary>A rule in a list, with what the list is sorted by: rules that say the same in the same way are one.</summary>
internal sealed record ListedRule(string Key, Rule Rule)
{
    // No pattern, path or name has one.
    private const char Separator = '\t';

    /// <summary>Lists rules behind a key, in order.</summary>
    public static IReadOnlyList<ListedRule> Behind(IEnumerable<Rule> rules, string key, int limit) =>
    [
        .. rules.Select(rule => new ListedRule(KeyOf(rule), rule))
            .DistinctBy(listed => listed.Key, StringComparer.Ordinal)
            .Where(listed => string.CompareOrdinal(listed.Key, key) > 0)
            .OrderBy(listed => listed.Key, StringComparer.Ordinal)
            .Take(limit),
    ];

    private static string KeyOf(Rule rule) => string.Join(
        Separator,
        [
            .. rule.Origin switch
            {
                Origin.OfRole(var role, var through) => ["1", role, string.Join('>', through)],
                Origin.OfGrant(var id) => ["2", id.ToString()],
                Origin.OfOwnership(var resource) => (string[])["3", resource],
                _ => throw new System.Diagnostics.UnreachableException(),
            },
            rule.Organization?.ToString() ?? "",
            rule.Subtree ?? "",
            rule.Permission.ToText(),
            rule.ExpiresAt?.UtcTicks.ToString("x16", System.Globalization.CultureInfo.InvariantCulture) ?? "",
        ]);
}
