namespace McpSecure.Testing;

/// <summary>Finds what the build made from this clone.</summary>
public static class RepositoryFiles
{
    /// <summary>Gets the folder of the clone.</summary>
    public static string Root { get; } = FindRoot();

    // Tests lie in tests/X/bin/<configuration>/<framework>, services likewise.
    private static string Configuration => Path.GetFileName(Path.GetDirectoryName(AppContext.BaseDirectory.TrimEnd('/')))!;

    /// <summary>Gives the path of a program that a project makes, built as the running tests were.</summary>
    /// <exception cref="FileNotFoundException">It was not built.</exception>
    public static string Program(string projectFolder, string assembly)
    {
        var path = Path.Combine(Root, projectFolder, "bin", Configuration, Path.GetFileName(AppContext.BaseDirectory.TrimEnd('/')), $"{assembly}.dll");
        return File.Exists(path) ? path : throw new FileNotFoundException($"{path} is missing: build {projectFolder} first.");
    }

    private static string FindRoot()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "global.json")))
            {
                return folder;
            }
        }

        throw new DirectoryNotFoundException($"No clone lies around {AppContext.BaseDirectory}.");
    }
}
