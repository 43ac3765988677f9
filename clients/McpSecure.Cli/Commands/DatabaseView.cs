using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Shows a database that roles are made in.</summary>
internal sealed record DatabaseView(string Name, string Host, string Database, string Username, int Leases, IReadOnlyList<TemplateView> Templates)
{
    public static DatabaseView Of(Database database) => new(
        database.Name, database.Host, database.Database_, database.Username, database.Leases, [.. database.Templates.Select(TemplateView.Of)]);

    public static string ForPeople(DatabaseView database) => Table.Details(
        ("Name", database.Name),
        ("Host", database.Host),
        ("Database", database.Database),
        ("Account", database.Username),
        ("Leases", $"{database.Leases}"),
        ("Templates", Text.List(database.Templates.Select(template => template.Name))));
}

/// <summary>Shows a template.</summary>
internal sealed record TemplateView(
    string Database,
    string Name,
    string CreationStatements,
    string RenewalStatements,
    string RevocationStatements,
    long DefaultLifetimeSeconds,
    long MaxLifetimeSeconds)
{
    public static TemplateView Of(CredentialTemplate template) => new(
        template.Database,
        template.Name,
        template.CreationStatements,
        template.RenewalStatements,
        template.RevocationStatements,
        template.DefaultLifetime.Seconds,
        template.MaxLifetime.Seconds);

    public static string ForPeople(TemplateView template) => Table.Details(
        ("Database", template.Database),
        ("Name", template.Name),
        ("Makes", template.CreationStatements),
        ("Renews", template.RenewalStatements),
        ("Removes", template.RevocationStatements),
        ("Leases live", Durations.Write(template.DefaultLifetimeSeconds)),
        ("At the longest", Durations.Write(template.MaxLifetimeSeconds)));
}
