using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>
/// Reads what principals may do: from memory while this replica is sure to hear of every change, else from the store. What a principal holds and
/// what an organization's roles mean are kept apart, so that a role that changes is read once, however many hold it. A principal who holds
/// nothing is kept too, so that strangers cost no read each time.
/// </summary>
internal sealed class RightsReader : IDisposable
{
    /// <summary>The topic on the invalidation channel whose keys are principals.</summary>
    public const string Topic = "authorization.rights";

    /// <summary>The topic on the invalidation channel whose keys are the ids of organizations.</summary>
    public const string RolesTopic = "authorization.roles";

    private readonly InvalidationChannel channel;
    private readonly ForwardClock clock;
    private readonly CoherentCache<Principal, PrincipalRights> own;
    private readonly CoherentCache<Guid, OrganizationRoles> roles;
    private readonly Func<Principal, CancellationToken, Task<PrincipalRights?>> readOwn;
    private readonly Func<Guid, CancellationToken, Task<OrganizationRoles?>> readRoles;

    public RightsReader(RightsStore store, InvalidationChannel channel, TimeProvider clock)
    {
        this.channel = channel;
        this.clock = new(clock);
        own = new(channel, new(Topic) { Capacity = 500_000 }, rights => rights.NextExpiry, this.clock, rights => rights.Weight);
        roles = new(channel, new(RolesTopic) { Capacity = 200_000 }, _ => null, this.clock, roles => roles.Weight);
        readOwn = async (principal, cancellationToken) => PrincipalRights.Compile(
            await store.ReadAsync(principal, cancellationToken), this.clock.GetUtcNow(), PermissionDecider.SubjectOf(principal));
        readRoles = async (organization, cancellationToken) => await store.ReadRolesAsync(organization, cancellationToken);
    }

    /// <summary>Finds what a principal may do in an organization, or on the platform, in memory.</summary>
    public bool TryGet(Principal principal, Guid? organization, Revision atLeast, out Rights rights)
    {
        var known = OrganizationRoles.OfPlatform;
        if (own.TryGet(principal, out var held) && (organization is not { } id || roles.TryGet(id, out known)))
        {
            rights = new(held, known);
            return rights.Revision >= atLeast;
        }

        rights = default;
        return false;
    }

    /// <summary>Reads what a principal may do in an organization, or on the platform. Throws where it cannot be known; that denies.</summary>
    /// <param name="principal">Who.</param>
    /// <param name="organization">In which organization; null: on the platform itself. In one that is not there counts what counts everywhere.</param>
    /// <param name="atLeast">Nothing older than this is answered.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    /// <exception cref="Refusal">REVISION_UNKNOWN: there is no such revision yet.</exception>
    public async ValueTask<Rights> ReadAsync(Principal principal, Guid? organization, Revision atLeast, CancellationToken cancellationToken) =>
        TryGet(principal, organization, atLeast, out var rights)
            ? rights
            : new(await ReadOwnAsync(principal, atLeast, cancellationToken), await ReadRolesAsync(organization, atLeast, cancellationToken));

    /// <summary>Reads what a principal holds, everywhere. Otherwise as <see cref="ReadAsync"/>.</summary>
    public async ValueTask<PrincipalRights> ReadOwnAsync(Principal principal, Revision atLeast, CancellationToken cancellationToken)
    {
        var held = (await own.GetAsync(principal, readOwn, cancellationToken))!;
        if (held.Revision < atLeast)
        {
            held = (await own.RefreshAsync(principal, readOwn, cancellationToken))!;
            RequireKnown(held.Revision, atLeast);
        }

        return held;
    }

    /// <summary>Reads what roles mean in an organization, or on the platform. Otherwise as <see cref="ReadAsync"/>.</summary>
    public async ValueTask<OrganizationRoles> ReadRolesAsync(Guid? organization, Revision atLeast, CancellationToken cancellationToken)
    {
        if (organization is not { } id)
        {
            return OrganizationRoles.OfPlatform;
        }

        var known = (await roles.GetAsync(id, readRoles, cancellationToken))!;
        if (known.Revision < atLeast)
        {
            known = (await roles.RefreshAsync(id, readRoles, cancellationToken))!;
            RequireKnown(known.Revision, atLeast);
        }

        return known;
    }

    /// <summary>Compiles what was read elsewhere, by the same clock.</summary>
    public PrincipalRights Compile(Holdings holdings) => PrincipalRights.Compile(holdings, clock.GetUtcNow());

    /// <summary>Refuses what was read where it is older than it must be.</summary>
    /// <exception cref="Refusal">REVISION_UNKNOWN.</exception>
    public static void RequireKnown(Revision read, Revision atLeast)
    {
        if (read < atLeast)
        {
            throw Refusal.Because(ErrorReason.RevisionUnknown, "There is no such revision yet.", ("revision", atLeast.ToString()));
        }
    }

    /// <summary>Tells every replica that what a principal holds has changed. Call it after the commit and before the answer.</summary>
    public Task ForgetAsync(Principal principal) => channel.PublishAsync(Topic, principal.ToString());

    /// <summary>Tells every replica that what many principals hold has changed. Call it after the commit and before the answer.</summary>
    public Task ForgetAllAsync() => channel.PublishAllAsync(Topic);

    /// <summary>Tells every replica that an organization's roles have changed. Call it after the commit and before the answer.</summary>
    public Task ForgetRolesAsync(Guid organization) => channel.PublishAsync(RolesTopic, organization.ToString());

    public void Dispose()
    {
        own.Dispose();
        roles.Dispose();
    }
}
