using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Registers resources, gives them to others and ends that they are owned, each within a change.</summary>
internal static class Ownership
{
    private const int MostOfAPrincipal = 10_000;

    /// <summary>Registers a resource for an owner; what is his already stays as it is.</summary>
    /// <exception cref="Refusal">FIELD_INVALID, RESOURCE_EXISTS, NOT_A_MEMBER, GRANT_EXCEEDS_GRANTOR or RIGHTS_LIMIT_REACHED.</exception>
    public static async Task<RegisteredResource> RegisterAsync(RightsChange change, string path, Principal owner)
    {
        // A service knows whose the things are that it makes; a person could make somebody else the owner of what he himself may only create, or
        // take a part of what another owns.
        if (change.Grantor.Principal is { Kind: PrincipalKind.User } grantor
            && (grantor != owner || await ResourceStore.IsBelowAnothersAsync(change, path, grantor)))
        {
            change.RequireEverythingOn(path);
        }

        await MemberStore.RequireAsync(change, owner);
        if (await ResourceStore.FindAsync(change, path) is { } there)
        {
            return there.Owner == owner ? there : throw Taken(path);
        }

        if (await ResourceStore.IsAboveAnothersAsync(change, path, owner))
        {
            throw Taken(path);
        }

        await RequireRoomAsync(change, owner);
        var registered = new RegisteredResource(change.Organization, path, owner, change.Now);
        await ResourceStore.WriteAsync(change, registered);
        Touch(change, path, before: null, owner);
        return registered;
    }

    /// <summary>Gives a resource to another owner; whose it is already keeps it.</summary>
    /// <exception cref="Refusal">RESOURCE_NOT_FOUND, NOT_A_MEMBER, GRANT_EXCEEDS_GRANTOR or RIGHTS_LIMIT_REACHED.</exception>
    public static async Task<RegisteredResource> TransferAsync(RightsChange change, string path, Principal owner)
    {
        var there = await ResourceStore.FindAsync(change, path) ?? throw NotFound(path);
        change.RequireEverythingOn(path);
        await MemberStore.RequireAsync(change, owner);
        if (there.Owner == owner)
        {
            return there;
        }

        await RequireRoomAsync(change, owner);
        var given = there with { Owner = owner };
        await ResourceStore.WriteAsync(change, given);
        Touch(change, path, there.Owner, owner);
        return given;
    }

    /// <summary>Ends that a resource is owned.</summary>
    /// <exception cref="Refusal">RESOURCE_NOT_FOUND or GRANT_EXCEEDS_GRANTOR.</exception>
    public static async Task UnregisterAsync(RightsChange change, string path)
    {
        var there = await ResourceStore.FindAsync(change, path) ?? throw NotFound(path);

        // Else who may create and delete would take what another owns by registering it anew.
        if (change.Grantor.Principal.Kind == PrincipalKind.User)
        {
            change.RequireEverythingOn(path);
        }

        await ResourceStore.DeleteAsync(change, path);
        Touch(change, path, there.Owner, after: null);
    }

    /// <summary>Says that a resource is not registered there.</summary>
    public static Refusal NotFound(string path) => Refusal.Because(ErrorReason.ResourceNotFound, "No such resource is registered there.", ("resource", path));

    private static async Task RequireRoomAsync(RightsChange change, Principal owner)
    {
        if (await ResourceStore.CountAsync(change, owner) >= MostOfAPrincipal)
        {
            throw Refusal.Because(ErrorReason.RightsLimitReached, "The owner has as many resources as one may.", ("limit", MostOfAPrincipal));
        }
    }

    private static void Touch(RightsChange change, string path, Principal? before, Principal? after)
    {
        foreach (var owner in new[] { before, after }.OfType<Principal>())
        {
            change.Touch(owner);
        }

        change.Takes();
        change.Concerns(path);
        change.Describe(path, before?.ToString() ?? "", after?.ToString() ?? "");
    }

    private static Refusal Taken(string path) =>
        Refusal.Because(ErrorReason.ResourceExists, "The resource, or one below it, is registered to somebody else.", ("resource", path));
}
