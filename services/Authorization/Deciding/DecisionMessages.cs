using Google.Protobuf.WellKnownTypes;
using McpSecure.Authorization.V1;

namespace McpSecure.Authorization;

/// <summary>Writes decisions and rules out.</summary>
internal static class DecisionMessages
{
    public static DecisionReason ReasonOf(DecidedBy by) => by switch
    {
        DecidedBy.Role => DecisionReason.Role,
        DecidedBy.Grant => DecisionReason.Grant,
        DecidedBy.Owner => DecisionReason.Owner,
        DecidedBy.NoRule => DecisionReason.NoRule,
        DecidedBy.Deny => DecisionReason.Deny,
        DecidedBy.Scope => DecisionReason.Scope,
        DecidedBy.Narrowed => DecisionReason.Narrowed,
        DecidedBy.SecondFactor => DecisionReason.SecondFactor,
    };

    public static CheckPermissionResponse Write(Answer answer) =>
        new() { Allowed = answer.Decision.Allowed, Reason = ReasonOf(answer.Decision.By), Revision = answer.Revision.ToString() };

    public static MatchedRule Write(Rule rule)
    {
        var written = new MatchedRule
        {
            ResourcePattern = rule.Permission.Resource.Text,
            ActionPattern = rule.Permission.Action.Text,
            Effect = rule.Permission.Effect == Effect.Allow ? V1.Effect.Allow : V1.Effect.Deny,
            RequiresSecondFactor = rule.Permission.SecondFactor,
            OrganizationId = rule.Organization?.ToString() ?? "",
            Subtree = rule.Subtree ?? "",
            ExpiresAt = rule.ExpiresAt?.ToTimestamp(),
        };
        switch (rule.Origin)
        {
            case Origin.OfRole(var role, var through):
                written.Role = role;
                written.ThroughRoles.Add(through);
                break;
            case Origin.OfGrant(var id):
                written.GrantId = id.ToString();
                break;
            case Origin.OfOwnership(var resource):
                written.OwnedResource = resource;
                break;
        }

        return written;
    }
}
