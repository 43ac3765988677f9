using System.Reflection;
using System.Text.RegularExpressions;

namespace McpSecure.ServiceDefaults;

/// <summary>Holds the migrations of one assembly, numbered from 1 without gaps.</summary>
internal sealed partial record MigrationSeries(string Name, IReadOnlyList<Migration> Migrations)
{
    private const string Folder = "Sql/";

    /// <summary>Reads the embedded resources <c>Sql/NNNN_name.sql</c> of an assembly.</summary>
    /// <exception cref="MigrationException">There is none, or the names are not 0001_, 0002_, … in lower case; the message says which.</exception>
    public static MigrationSeries Of(Assembly assembly)
    {
        var series = assembly.GetName().Name!;
        var migrations = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(Folder, StringComparison.Ordinal))
            .Select(name => Read(assembly, series, name))
            .OrderBy(migration => migration.Number)
            .ToList();

        return Checked(series, migrations);
    }

    internal static MigrationSeries Checked(string series, IReadOnlyList<Migration> migrations)
    {
        if (migrations.Count == 0)
        {
            throw new MigrationException($"{series} has no migration: put Sql/0001_name.sql beside its project file.");
        }

        for (var i = 0; i < migrations.Count; i++)
        {
            if (migrations[i].Number != i + 1)
            {
                throw new MigrationException(
                    $"The migrations of {series} are not numbered one by one: {migrations[i]} stands where number {i + 1} belongs.");
            }
        }

        return new MigrationSeries(series, migrations);
    }

    private static Migration Read(Assembly assembly, string series, string resource)
    {
        var match = FileName().Match(resource[Folder.Length..]);
        if (!match.Success)
        {
            throw new MigrationException($"{series} holds {resource}: a migration is named NNNN_name.sql, the name in a-z, 0-9 and _.");
        }

        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!);
        return new Migration(int.Parse(match.Groups["number"].Value), match.Groups["name"].Value, reader.ReadToEnd());
    }

    [GeneratedRegex("^(?<number>[0-9]{4})_(?<name>[a-z0-9_]+)\\.sql$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex FileName();
}
