using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Says who many decisions are about, where the call's actor is not the one: made fit for the log once, so that each decision only copies it.
/// </summary>
public sealed class DecisionSubject
{
    /// <summary>Takes who it is.</summary>
    /// <param name="type">What kind of principal.</param>
    /// <param name="id">His id.</param>
    /// <param name="name">His name; empty where he has none.</param>
    /// <param name="organizationId">The organization that he belongs to; empty: to none.</param>
    /// <param name="facts">More facts, by different names, that stay the same. Never a secret; what looks like one is replaced, as in an event.</param>
    public DecisionSubject(PrincipalType type, string id, string name, string organizationId, params IReadOnlyCollection<KeyValuePair<string, string>> facts)
    {
        (Type, Id, Name, OrganizationId) = (type, id, AuditEventExtensions.FitName(name), organizationId);
        Facts = [.. facts.Select(fact => KeyValuePair.Create(fact.Key, AuditEventExtensions.FitFact(fact.Value)))];
        MaxCharacters = Id.Length + Name.Length + OrganizationId.Length + Facts.Sum(fact => fact.Key.Length + fact.Value.Length + DecisionEncoder.OverheadOfFact);
    }

    internal PrincipalType Type { get; }

    internal string Id { get; }

    internal string Name { get; }

    internal string OrganizationId { get; }

    internal KeyValuePair<string, string>[] Facts { get; }

    internal int MaxCharacters { get; }
}
