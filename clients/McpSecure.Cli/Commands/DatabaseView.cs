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
        ("Templates", TemplateView.Names(database.Templates)));
}

/// <summary>Shows a template; without a limit of its own, <c>MaxLeases</c> is null.</summary>
internal sealed record TemplateView(
    string Database,
    string Name,
    string CreationStatements,
    string RenewalStatements,
    string RevocationStatements,
    long DefaultLifetimeSeconds,
    long MaxLifetimeSeconds,
    int? MaxLeases)
{
    public static TemplateView Of(CredentialTemplate template) => new(
        template.Database,
        template.Name,
        template.CreationStatements,
        template.RenewalStatements,
        template.RevocationStatements,
        template.DefaultLifetime.Seconds,
        template.MaxLifetime.Seconds,
        template.MaxLeases > 0 ? template.MaxLeases : null);

    public static string ForPeople(TemplateView template) => Table.Details(
        ("Database", template.Database),
        ("Name", template.Name),
        ("Makes", template.CreationStatements),
        ("Renews", template.RenewalStatements),
        ("Removes", template.RevocationStatements),
        ("Leases live", Durations.Write(template.DefaultLifetimeSeconds)),
        ("At the longest", Durations.Write(template.MaxLifetimeSeconds)),
        ("At the most", template.MaxLeases is { } most ? $"{most} leases" : Text.None));

    /// <summary>Writes the templates of a database one after the other, with the limits that they have.</summary>
    public static string Names(IEnumerable<TemplateView> templates) =>
        Text.List(templates.Select(one => one.MaxLeases is { } most ? $"{one.Name} (at most {most})" : one.Name));
}
