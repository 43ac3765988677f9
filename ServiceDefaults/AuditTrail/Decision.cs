using Grpc.Core;
using McpSecure.Audit.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Tells of a decision in a call what <see cref="AuditEvents.Start(ServerCallContext, string)"/> and the methods behind it would, without the
/// objects of an event: for paths that are so hot that these count.
/// </summary>
/// <param name="context">The call: its peer is the event's caller, and the actor that <see cref="ActorGate"/> found, if any, the event's actor.</param>
/// <param name="action">What was decided, for example <c>crypto.data.encrypted</c>.</param>
/// <param name="resource">On what.</param>
public readonly ref struct Decision(ServerCallContext context, string action, string resource)
{
    /// <summary>Gets how it ended.</summary>
    public Outcome Outcome { get; init; } = Outcome.Success;

    /// <summary>Gets how much it asks for attention.</summary>
    public Severity Severity { get; init; } = Severity.Info;

    /// <summary>Gets why it was refused or failed; empty where it was not.</summary>
    public string Reason { get; init; } = "";

    /// <summary>Gets more facts, by different names. Never a secret; what looks like one is replaced, as in an event.</summary>
    public ReadOnlySpan<KeyValuePair<string, string>> Facts { get; init; }

    /// <summary>Gets the organization that it belongs to; empty: the subject's, if there is one.</summary>
    public string Organization { get; init; } = "";

    /// <summary>Gets whether the call acts for a user.</summary>
    public bool HasActor => Call.Of(context).Actor is not null;

    /// <summary>Gets who did it, to which organization that belongs and what else is known of him; null: the call's actor, to none, nothing.</summary>
    public DecisionSubject? Subject { get; init; }

    internal ServerCallContext Context => context;

    internal string Action => action;

    internal string Resource => resource;
}
