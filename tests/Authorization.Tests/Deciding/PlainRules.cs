namespace McpSecure.Authorization.Tests;

/// <summary>
/// The rules of decisions read plainly: every rule is looked at, nothing is found by an index or kept. What the service decides must be what stands here.
/// </summary>
internal static class PlainRules
{
    public static IReadOnlyList<DecidedBy> Decide(RandomModel model, Question question)
    {
        var rules = Rules(model, question).Where(rule => rule.Permission.Matches(question.Resource, question.Action)).ToArray();
        if (rules.Any(rule => rule.Permission.Effect == Effect.Deny))
        {
            return [DecidedBy.Deny];
        }

        if (rules.Length == 0)
        {
            return [DecidedBy.NoRule];
        }

        if (question.Scopes.Count > 0 && !question.Scopes.Any(scope => Scopes.LetsThrough(scope, question.Resource, question.Action)))
        {
            return [DecidedBy.Scope];
        }

        if (question.NarrowedTo.Count > 0 && !question.NarrowedTo.Any(permission => permission.Matches(question.Resource, question.Action)))
        {
            return [DecidedBy.Narrowed];
        }

        var allowing = rules.Where(rule => question.SecondFactor || !rule.Permission.SecondFactor).Select(rule => rule.By).Distinct().ToArray();
        return allowing is [] ? [DecidedBy.SecondFactor] : allowing;
    }

    /// <summary>Lists the rules that count for a question, whether they match or not.</summary>
    public static IEnumerable<(Permission Permission, DecidedBy By)> Rules(RandomModel model, Question question) =>
        model.Holdings.Roles
            .Where(held => Counts(held.Organization, held.ExpiresAt, question) && (held.Subtree is null || IsAtOrBelow(question.Resource, held.Subtree)))
            .SelectMany(held => PermissionsOf(model, held.Organization, held.Role, []))
            .Select(permission => (permission, DecidedBy.Role))
            .Concat(model.Holdings.Grants
                .Where(grant => Counts(grant.Organization, grant.ExpiresAt, question))
                .Select(grant => (grant.Permission, DecidedBy.Grant)))
            .Concat(model.Holdings.Owned
                .Where(owned => owned.Organization == question.Organization && IsAtOrBelow(question.Resource, owned.Resource))
                .Select(_ => (Permission.On("*").Allow("*").Single(), DecidedBy.Owner)));

    private static bool Counts(Guid? organization, DateTimeOffset? expiresAt, Question question) =>
        (organization is null || organization == question.Organization) && (expiresAt is null || expiresAt > RandomModel.Now);

    private static bool IsAtOrBelow(string resource, string above) =>
        resource == above || resource.StartsWith(above + "/", StringComparison.Ordinal);

    private static IEnumerable<Permission> PermissionsOf(RandomModel model, Guid? organization, string role, string[] above)
    {
        var found = model.RolesIn(organization).Custom.FirstOrDefault(custom => custom.Name == role) ?? BuiltInRoles.Find(role);
        return found is null || above.Contains(role)
            ? []
            : found.Permissions.Concat(found.Includes.SelectMany(included => PermissionsOf(model, organization, included, [.. above, role])));
    }
}
