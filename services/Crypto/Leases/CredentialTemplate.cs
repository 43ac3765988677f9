using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace McpSecure.Crypto;

/// <summary>A way to make, renew and remove roles of a database, as it is stored.</summary>
/// <param name="Database">The database that it is for.</param>
/// <param name="Name">Its name.</param>
/// <param name="Statements">What it does.</param>
/// <param name="DefaultLifetime">How long a lease lives that does not say how long.</param>
/// <param name="MaxLifetime">The longest that a lease lives with all its renewals.</param>
/// <param name="MaxLeases">The most leases at a time, or null: as the settings say.</param>
internal sealed record CredentialTemplate(
    string Database, string Name, TemplateStatements Statements, TimeSpan DefaultLifetime, TimeSpan MaxLifetime, int? MaxLeases);

/// <summary>The three scripts of a template, as text that was read once.</summary>
internal sealed record TemplateStatements(string Creation, string Renewal, string Revocation)
{
    private const string Name = "name";
    private const string Password = "password";
    private const string Expiration = "expiration";

    private const string UsualRenewal = "ALTER ROLE {{name}} VALID UNTIL {{expiration}}";

    // What a role has made goes with it. To keep it, a template reassigns it to a role without rights, never to the managing account: a function
    // that the lease's holder left behind would then run as that account.
    private const string UsualRevocation = "DROP OWNED BY {{name}}; DROP ROLE {{name}}";

    /// <summary>Reads the scripts; an empty renewal or revocation is the usual one. Returns false, and which field is wrong why, where one is.</summary>
    public static bool TryParse(
        string creation, string renewal, string revocation, [NotNullWhen(true)] out TemplateStatements? statements, out (string Name, string Flaw) field)
    {
        statements = new(creation, renewal.Length == 0 ? UsualRenewal : renewal, revocation.Length == 0 ? UsualRevocation : revocation);
        field =
            !SqlScript.TryParse(statements.Creation, [Name, Password, Expiration], out _, out var flaw) ? ("creation_statements", flaw)
            : !SqlScript.TryParse(statements.Renewal, [Name, Expiration], out _, out flaw) ? ("renewal_statements", flaw)
            : !SqlScript.TryParse(statements.Revocation, [Name], out _, out flaw) ? ("revocation_statements", flaw)
            : ("", "");
        if (field.Name.Length > 0)
        {
            statements = null;
        }

        return statements is not null;
    }

    public IReadOnlyList<string> CreationOf(RoleName role, string verifier, DateTimeOffset end) =>
        Render(Creation, new() { [Name] = role.Identifier, [Password] = $"'{verifier}'", [Expiration] = Literal(end) });

    public IReadOnlyList<string> RenewalOf(RoleName role, DateTimeOffset end) =>
        Render(Renewal, new() { [Name] = role.Identifier, [Expiration] = Literal(end) });

    public IReadOnlyList<string> RevocationOf(RoleName role) => Render(Revocation, new() { [Name] = role.Identifier });

    private static IReadOnlyList<string> Render(string script, Dictionary<string, string> values) =>
        SqlScript.TryParse(script, values.Keys, out var parsed, out var flaw)
            ? parsed.Render(values)
            : throw new InvalidDataException($"The stored statements were changed: the script {flaw}");

    // To the second, and never later than the lease says.
    private static string Literal(DateTimeOffset time) => $"'{time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}+00'";
}
