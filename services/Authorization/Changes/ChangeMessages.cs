using System.Globalization;
using McpSecure.Authorization.V1;

namespace McpSecure.Authorization;

/// <summary>Reads orders for dry runs and writes what comes of changes.</summary>
internal static class ChangeMessages
{
    /// <summary>Reads an order; null where the change is to be made.</summary>
    public static DryRunOrder? Read(DryRun? dryRun) =>
        dryRun is null ? null : new([.. dryRun.Questions.Select((question, i) => WireTypes.Read(question, $"dry_run.questions[{i}]"))]);

    /// <summary>Writes the revision that has a change; empty where nothing was done.</summary>
    public static string RevisionOf<T>(ChangeResult<T> result) => result.Revision?.ToString() ?? "";

    /// <summary>Writes for events when something ends; empty where it does not.</summary>
    public static string Until(DateTimeOffset? end) =>
        end is { } time ? $"<{time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture)}" : "";

    /// <summary>Writes what a change would do; null where it was done.</summary>
    public static DryRunResult? Write(Comparison? comparison) => comparison is null ? null : new()
    {
        Changes =
        {
            comparison.Changes.Select(changed => new ChangedDecision
            {
                Principal = WireTypes.Write(changed.Principal),
                OrganizationId = changed.Question.Organization?.ToString() ?? "",
                Resource = changed.Question.Resource,
                Action = changed.Question.Action,
                AllowedBefore = changed.Before,
                AllowedAfter = changed.After,
            }),
        },
        Truncated = comparison.Truncated,
    };
}
