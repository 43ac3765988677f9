namespace McpSecure.Authorization;

/// <summary>The questions whose decisions a dry run compares: those that were given, else those that the change suggests.</summary>
internal sealed class DryRunQuestions
{
    /// <summary>The most decisions that are told.</summary>
    public const int MaxChanges = 1_000;

    private const int MaxQuestions = 100_000;
    private const int MaxResources = 1_000;

    private static readonly string[] ActionsOfBuiltInRoles =
        [.. BuiltInRoles.All.SelectMany(role => role.Permissions).Select(permission => permission.Action.Text).Where(Witness.IsLiteral).Distinct(StringComparer.Ordinal)];

    private readonly IReadOnlyList<(Principal Principal, Question Question)> questions;
    private readonly bool areAll;

    private DryRunQuestions(IReadOnlyList<(Principal Principal, Question Question)> questions, bool areAll) =>
        (this.questions, this.areAll) = (questions, areAll);

    /// <summary>Gathers them, once the change is made and before it is taken back.</summary>
    public static async Task<DryRunQuestions> OfAsync(DryRunOrder order, RightsChange change)
    {
        if (order.Questions.Count > 0)
        {
            return new(order.Questions, areAll: true);
        }

        var registered = await Sql.ReadAsync(
            change.Transaction,
            $"SELECT resource FROM resources WHERE {Sql.In(change.Organization, "$1")} ORDER BY resource COLLATE \"C\" LIMIT $2",
            row => row.GetString(0),
            change.CancellationToken,
            Sql.Of(change.Organization),
            MaxResources + 1);
        string[] resources =
        [
            .. change.Resources
                .Concat(change.Patterns.SelectMany(pattern => Witness.Of(pattern.Resource)))
                .Concat(registered)
                .Distinct(StringComparer.Ordinal),
        ];
        string[] actions =
        [
            .. change.Patterns.Select(pattern => pattern.Action.Text).Where(Witness.IsLiteral).Concat(ActionsOfBuiltInRoles).Distinct(StringComparer.Ordinal),
        ];
        var suggested =
            from principal in change.Concerned
            from resource in resources
            from action in actions
            select (principal, new Question(resource, action, []) { Organization = change.Organization, SecondFactor = true });
        var isWhole = !change.HasMoreConcerned && registered.Count <= MaxResources
            && (long)change.Concerned.Count * resources.Length * actions.Length <= MaxQuestions;
        return new([.. suggested.Take(MaxQuestions)], isWhole);
    }

    /// <summary>Decides all of them by what the transaction of a change sees now.</summary>
    public async Task<bool[]> DecideAsync(RightsChange change)
    {
        var roles = new Dictionary<Guid, OrganizationRoles>();
        var decided = new bool[questions.Count];

        // One principal after the other, so that not what all of them hold must be in memory at once.
        foreach (var about in Enumerable.Range(0, decided.Length).GroupBy(i => questions[i].Principal))
        {
            var own = PrincipalRights.Compile(await RightsStore.ReadAsync(change.Transaction, about.Key, change.CancellationToken), change.Now);
            foreach (var i in about)
            {
                var known = OrganizationRoles.OfPlatform;
                if (questions[i].Question.Organization is { } organization && !roles.TryGetValue(organization, out known))
                {
                    known = roles[organization] = await RightsStore.ReadRolesAsync(change.Transaction, organization, change.CancellationToken);
                }

                decided[i] = DecisionRules.Decide(new Rights(own, known), questions[i].Question).Allowed;
            }
        }

        return decided;
    }

    /// <summary>Tells which decisions are others, in the order of the questions.</summary>
    public Comparison Compare(bool[] before, bool[] after)
    {
        ChangedAnswer[] changed =
        [
            .. questions.Select((asked, i) => new ChangedAnswer(asked.Principal, asked.Question, before[i], after[i])).Where(answer => answer.Before != answer.After),
        ];
        return new([.. changed.Take(MaxChanges)], Truncated: !areAll || changed.Length > MaxChanges);
    }
}
