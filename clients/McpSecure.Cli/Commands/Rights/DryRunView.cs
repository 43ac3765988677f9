using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Shows which decisions a change would change that was not made.</summary>
internal sealed record DryRunView(bool DryRun, IReadOnlyList<ChangedDecisionView> Changes, bool Truncated)
{
    public static DryRunView Of(DryRunResult result) => new(
        DryRun: true,
        [.. result.Changes.Select(change => new ChangedDecisionView(
            change.Principal.Type,
            change.Principal.Id,
            Text.Given(change.OrganizationId),
            change.Resource,
            change.Action,
            change.AllowedBefore,
            change.AllowedAfter))],
        result.Truncated);

    public static string ForPeople(DryRunView result) =>
        Table.Rows(
            "No decision that was compared would be another.\n",
            ["Who", "Organization", "Resource", "Action", "Before", "After"],
            result.Changes.Select(change => new[]
            {
                Principals.Write(change.PrincipalType, change.PrincipalId),
                change.OrganizationId ?? "platform",
                change.Resource,
                change.Action,
                Word(change.AllowedBefore),
                Word(change.AllowedAfter),
            }))
        + (result.Truncated ? "There may be more: not everything that the change suggests was compared or is listed.\n" : "")
        + "Nothing was changed: this was a dry run.";

    private static string Word(bool allowed) => allowed ? "allowed" : "denied";
}

/// <summary>Shows a decision that would be another one.</summary>
internal sealed record ChangedDecisionView(
    PrincipalType PrincipalType,
    string PrincipalId,
    string? OrganizationId,
    string Resource,
    string Action,
    bool AllowedBefore,
    bool AllowedAfter);
