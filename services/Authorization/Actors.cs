using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Knows for whom a call about a principal may be made.</summary>
internal sealed class Actors(ActorGate gate)
{
    /// <summary>The resource that stands for who holds which role.</summary>
    public const string RoleAssignments = "role-assignments";

    /// <summary>Lets a user pass who asks about himself, or who may read role assignments, in the organization where one is given.</summary>
    /// <exception cref="Refusal">TOKEN_MISSING, TOKEN_INVALID or PERMISSION_DENIED.</exception>
    public Task RequireSelfOrReaderAsync(ServerCallContext context, Principal about, Guid? organization = null) =>
        RequireSelfOrReaderAsync(context, [(about, organization)]);

    /// <summary>Lets a user pass who may ask about each of these, as <see cref="RequireSelfOrReaderAsync(ServerCallContext, Principal, Guid?)"/> says.</summary>
    /// <exception cref="Refusal">TOKEN_MISSING, TOKEN_INVALID or PERMISSION_DENIED.</exception>
    public async Task RequireSelfOrReaderAsync(ServerCallContext context, IReadOnlyCollection<(Principal About, Guid? Organization)> asked)
    {
        var actor = await gate.IdentifyAsync(context);
        foreach (var organization in asked.Where(one => one.About != actor.Principal()).Select(one => one.Organization).Distinct())
        {
            if (!await gate.MayAsync(actor, RoleAssignments, "read", organization, context.CancellationToken))
            {
                throw Refusal.Because(ErrorReason.PermissionDenied, "You may ask about yourself only.", ("resource", RoleAssignments), ("action", "read"));
            }
        }
    }
}

/// <summary>Reads actors as principals.</summary>
internal static class ActorExtensions
{
    public static Principal Principal(this Actor actor) => Authorization.Principal.User(Guid.Parse(actor.UserId));
}
