using McpSecure.Audit.V1;

namespace McpSecure.Authorization;

/// <summary>An order to change rights.</summary>
/// <param name="Authority">On whose authority.</param>
/// <param name="Organization">In which organization; null: on the platform.</param>
/// <param name="Needs">What he must be allowed to do there: an action on a resource; null: the change itself finds out whether he may.</param>
/// <param name="DryRun">What to compare instead of doing it; null: it is done.</param>
/// <param name="Started">The event that commits together with the change.</param>
internal sealed record ChangeOrder(
    Authority Authority, Guid? Organization, (string Resource, string Action)? Needs, DryRunOrder? DryRun, AuditEvent Started);

/// <summary>An order to tell what a change would do.</summary>
/// <param name="Questions">The questions to compare; none: those that the change suggests.</param>
internal sealed record DryRunOrder(IReadOnlyList<(Principal Principal, Question Question)> Questions);

/// <summary>A change that was made, or tried.</summary>
/// <param name="Value">What it answers.</param>
/// <param name="Revision">The revision that has it; null where nothing was done.</param>
/// <param name="Comparison">What it would do; null where it was done.</param>
internal sealed record ChangeResult<T>(T Value, Revision? Revision, Comparison? Comparison);

/// <summary>The decisions that a change would change.</summary>
/// <param name="Changes">The first of them.</param>
/// <param name="Truncated">Whether there may be more.</param>
internal sealed record Comparison(IReadOnlyList<ChangedAnswer> Changes, bool Truncated);

/// <summary>A decision that would be another one.</summary>
internal sealed record ChangedAnswer(Principal Principal, Question Question, bool Before, bool After);
