namespace McpSecure.Authorization;

/// <summary>
/// Lists what may be done and by whom. Each element is decided by <see cref="DecisionRules"/>, so that no list says anything else than a check
/// would. A call looks at a bounded number of candidates: where few of them may, its page is short and the next goes on behind it.
/// </summary>
internal sealed class AllowedLists(RightsReader rights, RightsStore store, ResourceStore resources)
{
    private const int MostResourcesLookedAt = 5_000;
    private const int MostPrincipalsLookedAt = 500;

    /// <summary>Lists the registered resources behind a path on which a question, whose own resource does not count, is allowed.</summary>
    public async Task<AllowedPage<string>> ResourcesAsync(
        Principal principal, Question question, string prefix, string after, int size, Revision atLeast, CancellationToken cancellationToken)
    {
        var known = await rights.ReadAsync(principal, question.Organization, atLeast, cancellationToken);
        var candidates = await resources.ListPathsAsync(question.Organization, prefix, after, MostResourcesLookedAt, cancellationToken);
        return Page(
            candidates, size, MostResourcesLookedAt, resource => DecisionRules.Decide(known, question with { Resource = resource }).Allowed, known.Revision);
    }

    /// <summary>Lists the principals behind one who are allowed what is asked.</summary>
    /// <exception cref="ServiceDefaults.Refusal">REVISION_UNKNOWN.</exception>
    public async Task<AllowedPage<Principal>> PrincipalsAsync(
        Question question, (short Kind, string Id) after, int size, Revision atLeast, CancellationToken cancellationToken)
    {
        var candidates = await store.ReadCandidatesAsync(question.Organization, question.Resource, after, MostPrincipalsLookedAt, cancellationToken);
        RightsReader.RequireKnown(candidates.Revision, atLeast);
        var page = Page(
            candidates.Holdings,
            size,
            MostPrincipalsLookedAt,
            candidate => DecisionRules.Decide(new(rights.Compile(candidate.Holdings), candidates.Roles), question).Allowed,
            candidates.Revision);
        return new([.. page.Items.Select(item => item.Principal)], [.. page.Last.Select(item => item.Principal)], page.Revision);
    }

    private static AllowedPage<T> Page<T>(IReadOnlyList<T> candidates, int size, int most, Func<T, bool> isAllowed, Revision revision)
    {
        var allowed = new List<T>();
        for (var i = 0; i < candidates.Count; i++)
        {
            if (isAllowed(candidates[i]))
            {
                allowed.Add(candidates[i]);
                if (allowed.Count == size && i + 1 < candidates.Count)
                {
                    return new(allowed, [candidates[i]], revision);
                }
            }
        }

        return new(allowed, candidates.Count < most ? [] : [candidates[^1]], revision);
    }
}

/// <summary>A page of what is allowed.</summary>
/// <param name="Items">What is.</param>
/// <param name="Last">The one behind which the next page begins; none: there is no next page.</param>
/// <param name="Revision">The newest change that is surely in it.</param>
internal sealed record AllowedPage<T>(IReadOnlyList<T> Items, IReadOnlyList<T> Last, Revision Revision);
