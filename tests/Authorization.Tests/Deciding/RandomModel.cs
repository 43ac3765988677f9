using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization.Tests;

/// <summary>
/// A small world, made by dice: what a principal holds, the roles of two organizations, and questions. Its words are few, so that rules often match.
/// </summary>
internal sealed class RandomModel
{
    public static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private static readonly string[] Words = ["a", "b", "ab", "ba", "servers", "x"];
    private static readonly string[] Actions = ["read", "use", "delete", "r"];
    private static readonly string[] ActionPatterns = ["read", "use", "delete", "*", "r*", "*e", "?", "[ru]*", "[!r]*", "r"];
    private static readonly string[] RoleNames = ["one", "two", "three", "four", "five"];

    private readonly Dice dice;

    public RandomModel(int seed)
    {
        dice = new((ulong)seed);
        Roles = Organizations.ToDictionary(id => id, id => new OrganizationRoles(id, [.. RoleNames.Where(_ => !dice.Once(4)).Select(NewRole)], new(1)));
        Holdings = new(
            dice.Some(4, () => new HeldRole(dice.Of([.. RoleNames, "viewer", "developer"]), Where(), dice.Once(2) ? Resource() : null, Expiry())),
            dice.Some(12, () => new HeldGrant(NewId(), Where(), NewPermission(), Expiry())),
            [.. dice.Some(3, () => new OwnedResource(Where(), Resource())).Distinct()],
            new(1));
    }

    /// <summary>Gets the organizations; the last has nothing and nobody.</summary>
    public static IReadOnlyList<Guid> Organizations { get; } = [NewId(1), NewId(2), NewId(3)];

    public Holdings Holdings { get; }

    public IReadOnlyDictionary<Guid, OrganizationRoles> Roles { get; }

    public PrincipalRights Compiled => PrincipalRights.Compile(Holdings, Now);

    public OrganizationRoles RolesIn(Guid? organization) => organization is { } id ? Roles[id] : OrganizationRoles.OfPlatform;

    public Rights RightsIn(Guid? organization) => new(Compiled, RolesIn(organization));

    public Question Question() => new(Resource(), dice.Of(Actions), dice.Once(4) ? ["mcp:read"] : [])
    {
        Organization = dice.Once(3) ? null : dice.Of(Organizations),
        SecondFactor = dice.Once(2),
        NarrowedTo = dice.Once(4) ? [NewPermission(), NewPermission()] : [],
    };

    public string Resource() => string.Join('/', Enumerable.Range(0, 1 + dice.Below(4)).Select(_ => dice.Of(Words)));

    private static Guid NewId(int number) => new(number, 3, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 0]);

    private Guid NewId() => NewId(1000 + dice.Below(1_000_000));

    // Circles too, which are never written: they must do no harm.
    private Role NewRole(string name) => new(name, "", dice.Some(4, NewPermission)) { Includes = [.. dice.Some(2, () => dice.Of([.. RoleNames, "viewer", "nobody"])).Distinct()] };

    private Permission NewPermission() => new(new FnmatchPattern(Pattern()), new FnmatchPattern(dice.Of(ActionPatterns)))
    {
        Effect = dice.Once(5) ? Effect.Deny : Effect.Allow,
        SecondFactor = dice.Once(4),
    };

    private Guid? Where() => dice.Once(2) ? null : Organizations[dice.Below(2)];

    private DateTimeOffset? Expiry() => dice.Below(4) switch
    {
        0 => Now,
        1 => Now.AddTicks(dice.Below(2) == 0 ? -1 : 1),
        _ => null,
    };

    private string Pattern()
    {
        var pattern = Resource();
        for (var change = dice.Below(3); change > 0; change--)
        {
            var at = dice.Below(pattern.Length + 1);
            pattern = pattern.Insert(at, dice.Of("*", "*", "*", "?", "[ab]", "[!a]", "["));
            pattern = dice.Once(2) ? pattern[..(dice.Below(pattern.Length) + 1)] : pattern;
        }

        return pattern;
    }
}
