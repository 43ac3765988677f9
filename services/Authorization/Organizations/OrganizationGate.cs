using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Lets calls about an organization pass. Who is no member and has no right there is told what he would be told if it were not there.</summary>
internal sealed class OrganizationGate(ActorGate gate, OrganizationStore organizations)
{
    /// <summary>Gives the actor of a call that does an action on a resource, in an organization where one is given, else on the platform.</summary>
    /// <exception cref="Refusal">ORGANIZATION_NOT_FOUND, or as <see cref="ActorGate.RequireAsync"/>.</exception>
    public async Task<Actor> RequireAsync(ServerCallContext context, Guid? organization, string resource, string action, StepUp stepUp)
    {
        try
        {
            return await gate.RequireAsync(context, resource, action, stepUp, organization);
        }
        catch (Refusal refusal) when (refusal.Reason == ErrorReason.PermissionDenied && organization is not null)
        {
            await HideFromOthersAsync(context, organization.Value);
            throw;
        }
    }

    /// <summary>Gives the actor of a call about a principal: himself, or who may read there what it is about.</summary>
    /// <exception cref="Refusal">ORGANIZATION_NOT_FOUND, or as <see cref="ActorGate.RequireAsync"/>.</exception>
    public async Task<Actor> RequireSelfOrReaderAsync(ServerCallContext context, Guid? organization, Principal? about, string resource)
    {
        var actor = await gate.IdentifyAsync(context);
        return actor.Principal() == about ? actor : await RequireAsync(context, organization, resource, "read", StepUp.NotRequired);
    }

    /// <summary>Refuses what is asked of an organization that is not there, by who may ask it everywhere.</summary>
    /// <exception cref="Refusal">ORGANIZATION_NOT_FOUND.</exception>
    public async Task RequireThereAsync(Guid organization, CancellationToken cancellationToken)
    {
        if (await organizations.FindAsync(organization, cancellationToken) is null)
        {
            throw NotFound(organization);
        }
    }

    /// <summary>Says that there is no such organization, or that it is none of the caller's business.</summary>
    public static Refusal NotFound(Guid organization) =>
        Refusal.Because(ErrorReason.OrganizationNotFound, "There is no such organization.", ("organization_id", organization));

    private async Task HideFromOthersAsync(ServerCallContext context, Guid organization)
    {
        var actor = await gate.IdentifyAsync(context);
        if (!await organizations.IsMemberAsync(organization, actor.Principal(), context.CancellationToken))
        {
            throw NotFound(organization);
        }
    }
}
