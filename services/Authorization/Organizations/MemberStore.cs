using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Keeps who belongs to which organization, within changes.</summary>
internal static class MemberStore
{
    /// <summary>Finds a member; null where the principal is none.</summary>
    public static async Task<Member?> FindAsync(RightsChange change, Guid organization, Principal principal) =>
        (await Sql.ReadAsync(
            change.Transaction,
            "SELECT principal_kind, principal_id, joined_at FROM members WHERE organization_id = $1 AND principal_kind = $2 AND principal_id = $3",
            row => new Member(row.Principal(0), row.GetFieldValue<DateTimeOffset>(2)),
            change.CancellationToken,
            organization,
            (short)principal.Kind,
            principal.Id)).SingleOrDefault();

    /// <summary>Makes a principal a member.</summary>
    public static Task InsertAsync(RightsChange change, Guid organization, Principal principal) =>
        Sql.ExecuteAsync(
            change.Transaction,
            "INSERT INTO members (organization_id, principal_kind, principal_id, joined_at) VALUES ($1, $2, $3, $4)",
            change.CancellationToken,
            organization,
            (short)principal.Kind,
            principal.Id,
            change.Now);

    /// <summary>Refuses unless what is to be held in the organization of the change is held by a member; on the platform anybody can hold it.</summary>
    /// <exception cref="Refusal">NOT_A_MEMBER.</exception>
    public static async Task RequireAsync(RightsChange change, Principal principal)
    {
        if (change.Organization is { } organization && await FindAsync(change, organization, principal) is null)
        {
            throw Refusal.Because(
                ErrorReason.NotAMember, "Only a member of the organization can hold this: add him first.", ("principal", principal), ("organization_id", organization));
        }
    }

    /// <summary>Ends a membership with all that is held by it.</summary>
    public static async Task DeleteAsync(RightsChange change, Guid organization, Principal principal)
    {
        foreach (var table in (string[])["role_assignments", "grants", "members"])
        {
            await Sql.ExecuteAsync(
                change.Transaction,
                $"DELETE FROM {table} WHERE organization_id = $1 AND principal_kind = $2 AND principal_id = $3",
                change.CancellationToken,
                organization,
                (short)principal.Kind,
                principal.Id);
        }
    }
}
