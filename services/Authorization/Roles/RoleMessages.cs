using Google.Protobuf.WellKnownTypes;
using McpSecure.Authorization.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>Reads roles and assignments into the types of the rules, and writes those out.</summary>
internal static class RoleMessages
{
    /// <summary>Reads what an organization says about a role.</summary>
    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static Role Read(string name, RoleDefinition definition)
    {
        for (var i = 0; i < definition.Includes.Count; i++)
        {
            if (definition.Includes.IndexOf(definition.Includes[i]) != i)
            {
                throw Refusal.InvalidField($"definition.includes[{i}]", "names a role again.");
            }
        }

        return new(
            name,
            DisplayText.Read(definition.Description, "definition.description"),
            [.. definition.Permissions.Select((permission, i) => WireTypes.Read(permission, $"definition.permissions[{i}]"))])
        {
            Includes = [.. definition.Includes.Order(StringComparer.Ordinal)],
        };
    }

    /// <summary>Writes a built-in role.</summary>
    public static V1.Role Write(Role role) => new()
    {
        Name = role.Name,
        Description = role.Description,
        BuiltIn = true,
        Permissions = { role.Permissions.Select(WireTypes.Write) },
        Includes = { role.Includes },
    };

    /// <summary>Writes a role of an organization.</summary>
    public static V1.Role Write(CustomRole custom)
    {
        var written = Write(custom.Role);
        written.BuiltIn = false;
        written.OrganizationId = custom.Organization.ToString();
        written.Revision = custom.Revision.ToString();
        written.CreatedAt = custom.CreatedAt.ToTimestamp();
        written.ChangedAt = custom.ChangedAt.ToTimestamp();
        return written;
    }

    /// <summary>Writes an assignment.</summary>
    public static V1.RoleAssignment Write(RoleAssignment assignment) => new()
    {
        Principal = WireTypes.Write(assignment.Principal),
        Role = assignment.Role,
        AssignedAt = assignment.AssignedAt.ToTimestamp(),
        OrganizationId = assignment.Organization?.ToString() ?? "",
        Subtree = assignment.Subtree ?? "",
        ExpiresAt = assignment.ExpiresAt?.ToTimestamp(),
    };
}
