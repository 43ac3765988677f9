using System.Globalization;

namespace McpSecure.AppHost;

/// <summary>Names an installed Postgres: the folder with its programs, and its major version.</summary>
internal sealed record PostgresPrograms(string Folder, int Version)
{
    // Debian keeps them off PATH, a folder a version; others link one version to /usr/bin or /usr/local/bin.
    private const string DebianRoot = "/usr/lib/postgresql";

    public string Server => Path.Combine(Folder, "postgres");

    public string Init => Path.Combine(Folder, "initdb");

    /// <summary>Lists what is installed, newest first.</summary>
    public static IReadOnlyList<PostgresPrograms> Installed()
    {
        var debian = Directory.Exists(DebianRoot) ? Directory.GetDirectories(DebianRoot).Select(folder => Path.Combine(folder, "bin")) : [];
        var onPath = Command.OnPath("postgres") is { } server ? (string[])[Path.GetDirectoryName(Target(server))!] : [];

        return
        [
            .. debian.Concat(onPath).Distinct(StringComparer.Ordinal)
                .Where(folder => File.Exists(Path.Combine(folder, "postgres")) && File.Exists(Path.Combine(folder, "initdb")))
                .Select(folder => new PostgresPrograms(folder, VersionOf(folder)))
                .OrderByDescending(programs => programs.Version),
        ];
    }

    private static string Target(string file) => File.ResolveLinkTarget(file, returnFinalTarget: true)?.FullName ?? file;

    // .../15/bin, or of a package manager .../postgresql@17/17.5/bin; 0 where the path does not tell.
    private static int VersionOf(string folder) =>
        folder.Split(Path.DirectorySeparatorChar).Reverse().Select(part => part.Split('.', '@')[0])
            .Select(part => int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0)
            .FirstOrDefault(version => version > 0);
}
