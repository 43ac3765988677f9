using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Says what a call is that changes rights.</summary>
/// <param name="Event">The name of its event.</param>
/// <param name="EventResource">What the event is about.</param>
/// <param name="Organization">In which organization; null: on the platform.</param>
/// <param name="Resource">On what the actor must be allowed the action.</param>
/// <param name="Action">The action.</param>
/// <param name="DryRun">Given: nothing is done.</param>
internal sealed record ChangeCall(string Event, string EventResource, Guid? Organization, string Resource, string Action, V1.DryRun? DryRun)
{
    /// <summary>Gets whether the actor's token must show a recent second factor.</summary>
    public StepUp StepUp { get; init; } = StepUp.Required;
}

/// <summary>Makes changes for calls: lets the right actors pass, has the change made, and records what was refused.</summary>
internal sealed class ChangeCalls(OrganizationGate organizations, ActorGate gate, RightsChanges changes, AuditEvents events, DecisionTrail trail)
{
    /// <summary>Makes a change for a user who may.</summary>
    public async Task<ChangeResult<T>> RunAsync<T>(ServerCallContext context, ChangeCall call, Func<RightsChange, Task<T>> work)
    {
        var dryRun = ChangeMessages.Read(call.DryRun);
        var actor = await organizations.RequireAsync(context, call.Organization, call.Resource, call.Action, call.StepUp);
        return await RunAsync(context, call, new Authority(actor.Principal(), actor.Scopes, gate.HasRecentSecondFactor(actor)), mayAnyway: false, dryRun, work);
    }

    /// <summary>Makes a change for a user about himself, which needs no right.</summary>
    public async Task<ChangeResult<T>> RunForSelfAsync<T>(ServerCallContext context, ChangeCall call, Actor actor, Func<RightsChange, Task<T>> work) =>
        await RunAsync(
            context, call, new Authority(actor.Principal(), actor.Scopes, gate.HasRecentSecondFactor(actor)), mayAnyway: true, ChangeMessages.Read(call.DryRun), work);

    /// <summary>Makes a change for a service that calls without a user and may do it itself.</summary>
    public Task<ChangeResult<T>> RunAsServiceAsync<T>(ServerCallContext context, ChangeCall call, Principal service, Func<RightsChange, Task<T>> work) =>
        RunAsync(context, call, new Authority(service, [], SecondFactor: false), mayAnyway: false, ChangeMessages.Read(call.DryRun), work);

    /// <summary>Makes a change on nobody's authority but the calling service's.</summary>
    public Task<ChangeResult<T>> RunUnjudgedAsync<T>(ServerCallContext context, ChangeCall call, Principal about, Func<RightsChange, Task<T>> work) =>
        RunAsync(context, call, new Authority(about, [], SecondFactor: false), mayAnyway: true, dryRun: null, work);

    private async Task<ChangeResult<T>> RunAsync<T>(
        ServerCallContext context, ChangeCall call, Authority authority, bool mayAnyway, DryRunOrder? dryRun, Func<RightsChange, Task<T>> work)
    {
        var started = events.Start(context, call.Event).On(call.EventResource);
        if (call.Organization is { } organization)
        {
            started.In(organization.ToString());
        }

        try
        {
            return await changes.RunAsync(
                new ChangeOrder(authority, call.Organization, mayAnyway ? null : (call.Resource, call.Action), dryRun, started), work, context.CancellationToken);
        }
        catch (Refusal refusal)
        {
            // A refused change of rights is worth a line in the log: it may be somebody's try at more than is his.
            var refused = dryRun is null ? started : started.With("dry_run", "true");
            trail.Record(refusal.Reason == ErrorReason.DependencyUnavailable ? refused.Failed(refusal.Reason) : refused.Denied(refusal.Reason));
            throw;
        }
    }
}
