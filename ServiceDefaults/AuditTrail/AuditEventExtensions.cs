using McpSecure.Audit.V1;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Fills in an event that <see cref="AuditEvents"/> started; each method returns the same event.</summary>
public static class AuditEventExtensions
{
    private const int LongestName = 128;
    private const int LongestResource = 256;
    private const int LongestReason = 96;
    private const int LongestValue = 1024;

    /// <summary>Says that a user did it.</summary>
    public static AuditEvent By(this AuditEvent auditEvent, Actor actor) => auditEvent.By(PrincipalType.User, actor.UserId, actor.Username);

    /// <summary>Says who did it, where the call's actor is not the one.</summary>
    public static AuditEvent By(this AuditEvent auditEvent, PrincipalType type, string id, string name = "")
    {
        auditEvent.Actor = new Principal { Type = type, Id = id };
        auditEvent.ActorName = FitName(name);
        return auditEvent;
    }

    /// <summary>Says what it was done to, for example <c>keyrings/service-tokens</c>.</summary>
    public static AuditEvent On(this AuditEvent auditEvent, string resource)
    {
        auditEvent.Resource = FitResource(resource);
        return auditEvent;
    }

    /// <summary>Says which organization it belongs to.</summary>
    public static AuditEvent In(this AuditEvent auditEvent, string organizationId)
    {
        auditEvent.OrganizationId = organizationId;
        return auditEvent;
    }

    /// <summary>Says that it was refused, and why. Severity WARNING.</summary>
    public static AuditEvent Denied(this AuditEvent auditEvent, ErrorReason reason) => auditEvent.Denied(Refusal.NameOf(reason));

    /// <summary>Says that it was refused, and why in a word of the service's own, in SCREAMING_SNAKE_CASE as the reasons are. Severity WARNING.</summary>
    public static AuditEvent Denied(this AuditEvent auditEvent, string reason) => auditEvent.Ended(Outcome.Denied, reason);

    /// <summary>Says that it was allowed and failed, and why. Severity WARNING.</summary>
    public static AuditEvent Failed(this AuditEvent auditEvent, ErrorReason reason) => auditEvent.Failed(Refusal.NameOf(reason));

    /// <summary>Says that it was allowed and failed, and why in a word of the service's own, in SCREAMING_SNAKE_CASE as the reasons are. Severity WARNING.</summary>
    public static AuditEvent Failed(this AuditEvent auditEvent, string reason) => auditEvent.Ended(Outcome.Failure, reason);

    /// <summary>Says how much it asks for attention.</summary>
    public static AuditEvent At(this AuditEvent auditEvent, Severity severity)
    {
        auditEvent.Severity = severity;
        return auditEvent;
    }

    /// <summary>Adds a fact. Never a secret; what looks like one, or like personal data, is replaced (<see cref="TextSanitizer.OfRecords"/>).</summary>
    public static AuditEvent With(this AuditEvent auditEvent, string key, string value)
    {
        auditEvent.Attributes[key] = FitFact(value);
        return auditEvent;
    }

    private static AuditEvent Ended(this AuditEvent auditEvent, Outcome outcome, string reason)
    {
        auditEvent.Outcome = outcome;
        auditEvent.Reason = FitReason(reason);
        auditEvent.Severity = Severity.Warning;
        return auditEvent;
    }

    // An event with less detail is worth more than one that the log refuses: whoever names a thing could keep what is done to it out of the log.
    internal static string FitName(string name) => PrintableText.Of(name, LongestName);

    internal static string FitResource(string resource) => PrintableText.Of(resource, LongestResource);

    internal static string FitReason(string reason) => PrintableText.Of(reason, LongestReason);

    // Sanitized before it is cut, since half of a secret is none that could be found.
    internal static string FitFact(string value) => PrintableText.Of(TextSanitizer.OfRecords.Sanitize(value), LongestValue);
}
