using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>
/// Reads what principals may do: from memory while this replica is sure to hear of every change, else from the store.
/// A principal without roles is kept too, so that strangers cost no read each time.
/// </summary>
internal sealed class RightsReader(IRoleAssignmentStore store, InvalidationChannel channel, TimeProvider clock) : IDisposable
{
    /// <summary>The topic on the invalidation channel; its keys are principals.</summary>
    public const string Topic = "authorization.rights";

    private readonly CoherentCache<Principal, Rights> cache = new(channel, new(Topic) { Capacity = 100_000 }, expiresAt: _ => null, clock);

    /// <summary>Reads a principal's rights. Throws where they cannot be known; that denies.</summary>
    public async ValueTask<Rights> ReadAsync(Principal principal, CancellationToken cancellationToken) =>
        cache.TryGet(principal, out var rights) ? rights : (await cache.GetAsync(principal, ReadThroughAsync, cancellationToken))!;

    /// <summary>Tells every replica that a principal's rights have changed. Call it after the commit and before the answer.</summary>
    public Task ForgetAsync(Principal principal) => channel.PublishAsync(Topic, principal.ToString());

    public void Dispose() => cache.Dispose();

    private async Task<Rights?> ReadThroughAsync(Principal principal, CancellationToken cancellationToken) =>
        Rights.Of(await store.ListAsync(principal, cancellationToken));
}
