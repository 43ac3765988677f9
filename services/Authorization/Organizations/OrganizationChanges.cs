using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Makes, renames and deletes organizations, each within a change.</summary>
internal static class OrganizationChanges
{
    /// <summary>The role that the first member of an organization gets.</summary>
    public const string AdministratorRole = "organization_admin";

    private const int MostGathered = 1_000;

    /// <summary>Names an organization as a resource.</summary>
    public static string ResourceOf(Guid organization) => $"organizations/{organization}";

    /// <summary>Makes an organization with one member, who is its administrator. In what is new nobody else held anything.</summary>
    /// <exception cref="Refusal">ORGANIZATION_EXISTS, or LAST_ADMINISTRATOR in the end.</exception>
    public static async Task<Organization> CreateAsync(RightsChange change, string name, string displayName, Principal administrator)
    {
        var made = new Organization(Guid.CreateVersion7(change.Now), name, displayName, change.Now);
        var inserted = await Sql.ExecuteAsync(
            change.Transaction,
            "INSERT INTO organizations (id, name, display_name, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING",
            change.CancellationToken,
            made.Id,
            name,
            displayName,
            change.Now);
        if (inserted == 0)
        {
            throw Refusal.Because(ErrorReason.OrganizationExists, "The name is taken.", ("name", name));
        }

        await MemberStore.InsertAsync(change, made.Id, administrator);
        await RoleAssignmentStore.InsertAsync(change, new RoleAssignment(administrator, AdministratorRole, change.Now) { Organization = made.Id });
        change.Touch(administrator);

        // Nothing is taken; but what is denied to him everywhere may leave the organization without an administrator.
        change.Takes();
        change.Describe(ResourceOf(made.Id), before: "", after: $"{name} ({displayName})", ("administrator", administrator.ToString()));
        return made;
    }

    /// <summary>Changes how an organization is displayed.</summary>
    public static async Task<Organization> RenameAsync(RightsChange change, Guid id, string displayName)
    {
        var before = await ReadAsync(change, id);
        if (before.DisplayName != displayName)
        {
            await Sql.ExecuteAsync(
                change.Transaction, "UPDATE organizations SET display_name = $2 WHERE id = $1", change.CancellationToken, id, displayName);
            change.TouchNothingElse();
            change.Describe(ResourceOf(id), before.DisplayName, displayName);
        }

        return before with { DisplayName = displayName };
    }

    /// <summary>Deletes an organization in which nothing is registered and that has no role of its own.</summary>
    /// <exception cref="Refusal">ORGANIZATION_IN_USE.</exception>
    public static async Task DeleteAsync(RightsChange change, Guid id)
    {
        var before = await ReadAsync(change, id);
        var resources = await CountAsync(change, "SELECT count(*) FROM resources WHERE organization_id = $1", id);
        var roles = await CountAsync(change, "SELECT count(*) FROM roles WHERE organization_id = $1", id);
        if (resources + roles > 0)
        {
            throw Refusal.Because(
                ErrorReason.OrganizationInUse, "The organization has resources or roles of its own.", ("organization_id", id), ("resources", resources), ("roles", roles));
        }

        var members = await Sql.ReadAsync(
            change.Transaction,
            "SELECT principal_kind, principal_id FROM members WHERE organization_id = $1 LIMIT $2",
            row => row.Principal(0),
            change.CancellationToken,
            id,
            MostGathered + 1);

        var roleNames = await Sql.ReadAsync(
            change.Transaction, "SELECT DISTINCT role FROM role_assignments WHERE organization_id = $1", row => row.GetString(0), change.CancellationToken, id);
        var granted = await Sql.ReadAsync(
            change.Transaction,
            "SELECT DISTINCT resource_pattern, action_pattern, effect, second_factor FROM grants WHERE organization_id = $1 LIMIT $2",
            row => row.Permission(0),
            change.CancellationToken,
            id,
            MostGathered + 1);

        // Members, assignments and grants go with it.
        await Sql.ExecuteAsync(change.Transaction, "DELETE FROM organizations WHERE id = $1", change.CancellationToken, id);
        change.TouchAll(members.Take(MostGathered), andMore: members.Count > MostGathered || granted.Count > MostGathered);
        change.Concerns([.. roleNames.SelectMany(name => BuiltInRoles.Find(name)?.Permissions ?? []), .. granted.Take(MostGathered)]);
        change.Describe(ResourceOf(id), before: $"{before.Name} ({before.DisplayName})", after: "");
    }

    private static async Task<Organization> ReadAsync(RightsChange change, Guid id) =>
        (await Sql.ReadAsync(
            change.Transaction,
            "SELECT id, name, display_name, created_at FROM organizations WHERE id = $1",
            OrganizationStore.Read,
            change.CancellationToken,
            id)).Single();

    private static async Task<long> CountAsync(RightsChange change, string sql, Guid id) =>
        (long)(await Sql.ScalarAsync(change.Transaction, sql, change.CancellationToken, id))!;
}
