using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Authorization;

/// <summary>A change of rights while it runs: its transaction, who makes it, and what it has touched so far.</summary>
internal sealed class RightsChange(
    NpgsqlTransaction transaction, Guid? organization, Grantor grantor, Revision next, DateTimeOffset now, AuditEvent auditEvent, CancellationToken cancellationToken)
{
    private readonly List<(FnmatchPattern Resource, FnmatchPattern Action)> patterns = [];
    private readonly HashSet<string> resources = new(StringComparer.Ordinal);
    private readonly HashSet<Principal> principals = [];
    private readonly HashSet<Principal> holders = [];

    /// <summary>Gets the transaction. It holds the one lock of all changes.</summary>
    public NpgsqlTransaction Transaction => transaction;

    /// <summary>Gets where the change is made: an organization, or null, the platform.</summary>
    public Guid? Organization => organization;

    /// <summary>Gets who makes it.</summary>
    public Grantor Grantor => grantor;

    /// <summary>Gets the revision that this change makes, where it changes something.</summary>
    public Revision Next => next;

    /// <summary>Gets when it is made, as Postgres keeps times: in microseconds.</summary>
    public DateTimeOffset Now => now;

    /// <summary>Gets what ends it.</summary>
    public CancellationToken CancellationToken => cancellationToken;

    /// <summary>Gets whether anything is another than before.</summary>
    public bool HasChanged { get; private set; }

    /// <summary>Gets whether somebody may hold less than before.</summary>
    public bool MayTake { get; private set; }

    /// <summary>Gets whether something may be denied that was not before.</summary>
    public bool LaysDenial { get; private set; }

    /// <summary>Gets whether the roles of the organization are others than before.</summary>
    public bool RolesChanged { get; private set; }

    /// <summary>Gets whether the organization is gone.</summary>
    public bool OrganizationDeleted { get; private set; }

    /// <summary>Gets the principals who hold something else than before.</summary>
    public IReadOnlyCollection<Principal> Principals => principals;

    /// <summary>Gets the principals whose decisions may be others than before, as far as they were gathered.</summary>
    public IReadOnlyCollection<Principal> Concerned => [.. principals.Union(holders)];

    /// <summary>Gets whether more principals are concerned than were gathered.</summary>
    public bool HasMoreConcerned { get; private set; }

    /// <summary>Gets the patterns that came or went.</summary>
    public IReadOnlyCollection<(FnmatchPattern Resource, FnmatchPattern Action)> Patterns => patterns;

    /// <summary>Gets the resources that the change names.</summary>
    public IReadOnlyCollection<string> Resources => resources;

    /// <summary>
    /// Refuses unless the grantor holds all that is given: what allows, as long as it is to last; what a denial takes, now.
    /// </summary>
    /// <exception cref="Refusal">GRANT_EXCEEDS_GRANTOR.</exception>
    public void RequireHeldToGive(IEnumerable<Permission> permissions, string? subtree, DateTimeOffset? expiresAt)
    {
        foreach (var permission in permissions)
        {
            LaysDenial |= permission.Effect == Effect.Deny;
            RequireHeld(permission, subtree, permission.Effect == Effect.Allow ? expiresAt : now);
        }
    }

    /// <summary>
    /// Refuses unless the grantor holds all that is taken: what allows, now; what a denial gives by going, as long as it would have lasted.
    /// </summary>
    /// <exception cref="Refusal">GRANT_EXCEEDS_GRANTOR.</exception>
    public void RequireHeldToTake(IEnumerable<Permission> permissions, string? subtree, DateTimeOffset? expiresAt)
    {
        foreach (var permission in permissions)
        {
            RequireHeld(permission, subtree, permission.Effect == Effect.Allow ? now : expiresAt);
        }
    }

    /// <summary>Refuses unless the grantor could do everything at and below a resource.</summary>
    /// <exception cref="Refusal">GRANT_EXCEEDS_GRANTOR.</exception>
    public void RequireEverythingOn(string resource)
    {
        var everything = Permission.On("*").Allow("*").Single();
        if (!grantor.Holds(new Region(everything, resource), until: null))
        {
            throw ExceedsGrantor(new Permission(new FnmatchPattern(resource), everything.Action));
        }
    }

    /// <summary>Notes that a principal holds something else than before.</summary>
    public void Touch(Principal principal)
    {
        HasChanged = true;
        principals.Add(principal);
    }

    /// <summary>Notes that what the organization's roles mean is another than before, and who holds them.</summary>
    public void TouchRoles(IEnumerable<Principal> heldBy, bool andMore)
    {
        (HasChanged, RolesChanged) = (true, true);
        holders.UnionWith(heldBy);
        HasMoreConcerned |= andMore;
    }

    /// <summary>Notes that something changed that gives and takes no right.</summary>
    public void TouchNothingElse() => HasChanged = true;

    /// <summary>Notes that the organization is gone with all that was held in it.</summary>
    public void TouchAll(IEnumerable<Principal> members, bool andMore)
    {
        OrganizationDeleted = true;
        TouchRoles(members, andMore);
    }

    /// <summary>Notes that somebody may hold less than before.</summary>
    public void Takes() => MayTake = true;

    /// <summary>Notes what came or went.</summary>
    public void Concerns(IEnumerable<Permission> permissions) =>
        patterns.AddRange(permissions.Select(permission => (permission.Resource, permission.Action)));

    /// <summary>Notes a resource that the change names.</summary>
    public void Concerns(string? resource)
    {
        if (resource is not null)
        {
            resources.Add(resource);
        }
    }

    /// <summary>Describes the change for the audit log.</summary>
    public void Describe(string resource, string before, string after, params ReadOnlySpan<(string Name, string Value)> facts)
    {
        auditEvent.On(resource).With("before", before).With("after", after);
        foreach (var (name, value) in facts)
        {
            auditEvent.With(name, value);
        }
    }

    private void RequireHeld(Permission permission, string? subtree, DateTimeOffset? until)
    {
        var wanted = new Region(permission, subtree);
        if (!grantor.HoldsThere(wanted, until))
        {
            throw ExceedsGrantor(permission);
        }
    }

    private static Refusal ExceedsGrantor(Permission permission) => Refusal.Because(
        ErrorReason.GrantExceedsGrantor,
        "You hold less than this does, here or for as long, or something of it is denied to you.",
        ("resource_pattern", permission.Resource.Text),
        ("action_pattern", permission.Action.Text));
}
