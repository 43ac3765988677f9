using McpSecure.Authorization.V1;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary>Shows an organization.</summary>
internal sealed record OrganizationView(string OrganizationId, string Name, string DisplayName, DateTimeOffset CreatedAt)
{
    public static OrganizationView Of(Organization organization) =>
        new(organization.OrganizationId, organization.Name, organization.DisplayName, organization.CreatedAt.ToDateTimeOffset());

    public static string ForPeople(OrganizationView organization) => Table.Details(
        ("Name", organization.Name),
        ("Displayed as", organization.DisplayName),
        ("Id", organization.OrganizationId),
        ("Made", Text.Time(organization.CreatedAt)));
}
