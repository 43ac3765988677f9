using McpSecure.Authorization;
using McpSecure.ServiceDefaults;

namespace McpSecure.Benchmarks;

/// <summary>Makes decisions about somebody who holds much, as Authorization makes them once his rights are in memory.</summary>
internal static class Decisions
{
    private static readonly Guid Organization = Guid.CreateVersion7(DateTimeOffset.UnixEpoch);

    /// <summary>Gives decisions about a principal with so many grants of all forms, two built-in roles and one of his organization.</summary>
    public static Func<int> WithGrants(int count)
    {
        var holdings = new Holdings(
            [new("developer"), new("team", Organization), new("viewer", Organization, Subtree: "servers/7")],
            [.. Enumerable.Range(0, count).Select(Grant)],
            [new(Organization, "reports/of/mine")],
            default);
        var roles = new OrganizationRoles(Organization, [new("team", "", [.. Permission.On("wiki/*", "*/public").Allow("read", "edit")])], default);
        var rights = new Rights(PrincipalRights.Compile(holdings, DateTimeOffset.UnixEpoch), roles);

        // Found by each form of pattern, by a role, by ownership; denied; and not found.
        Question[] questions =
        [
            Ask("documents/40", "read"),
            Ask("projects/81/plans/first", "read"),
            Ask("archive/shelf/item-42", "read"),
            Ask("sites/north/rooms/43", "read"),
            Ask("documents/8/drafts/x", "delete"),
            Ask("wiki/welcome", "edit"),
            Ask("reports/of/mine/2026", "delete"),
            Ask("servers/weather", "use"),
            Ask("projects/unknown/plans/first", "delete"),
            Ask("somewhere/else/entirely", "read"),
        ];
        return () =>
        {
            foreach (ref readonly var question in questions.AsSpan())
            {
                DecisionRules.Decide(rights, question);
            }

            return questions.Length;
        };
    }

    private static Question Ask(string resource, string action) => new(resource, action, []) { Organization = Organization };

    private static HeldGrant Grant(int number) => new(
        Guid.Empty,
        number % 2 == 0 ? Organization : null,
        new Permission(
            new FnmatchPattern((number % 10) switch
            {
                0 or 4 or 5 or 6 => $"documents/{number}",
                1 or 7 or 9 => $"projects/{number}/*",
                2 => $"*/item-{number}",
                3 => $"sites/*/rooms/{number}",
                _ => $"documents/{number}/drafts/*",
            }),
            new FnmatchPattern(number % 10 == 8 ? "delete" : "read"))
        {
            Effect = number % 10 == 8 ? Effect.Deny : Effect.Allow,
        });
}
