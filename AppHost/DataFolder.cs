using System.Diagnostics.CodeAnalysis;

namespace McpSecure.AppHost;

/// <summary>Owns the folder that everything outliving a run lies in. One AppHost at a time works on it.</summary>
internal sealed class DataFolder : IDisposable
{
    // A fresh Postgres takes 40 MB and its first write-ahead log as much again; below this it would stop in mid-story.
    private const long NeededInBytes = 256L << 20;

    private readonly FileStream held;

    private DataFolder(string path, FileStream held) => (Path, this.held) = (path, held);

    public string Path { get; }

    public string Certificates => Subfolder("certificates");

    public string Secrets => Subfolder("secrets");

    public string Redis => Subfolder("redis");

    public string PostgresPlace => System.IO.Path.Combine(PostgresAccount.Home(Path), "postgres");

    /// <summary>Opens the folder, making it where it is missing, and keeps every other AppHost out of it.</summary>
    /// <exception cref="CannotStartException">It cannot be written to, has no room, or another AppHost works on it.</exception>
    public static DataFolder Open(Settings settings)
    {
        OwnerOnly.CreateFolder(settings.DataFolder);
        PostgresAccount.LetThrough(settings.DataFolder);
        var folder = new DataFolder(settings.DataFolder, Hold(System.IO.Path.Combine(settings.DataFolder, "lock")));

        var free = new DriveInfo(folder.Path).AvailableFreeSpace;
        if (free < NeededInBytes)
        {
            throw new CannotStartException(
                $"{folder.Path} has {free >> 20} MB of free space and needs {NeededInBytes >> 20} MB: free some, or set McpSecure__DataFolder to a folder on another disk.");
        }

        return folder;
    }

    /// <summary>Deletes all data. The certificates stay: applications hold on to them, and they prove nothing about the data.</summary>
    public void Empty()
    {
        foreach (var folder in (string[])[PostgresPlace, Secrets, Redis])
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => held.Dispose();

    private string Subfolder(string name) => System.IO.Path.Combine(Path, name);

    [SuppressMessage("Reliability", "CA2000", Justification = "Held, and disposed of, with the folder.")]
    private static FileStream Hold(string file)
    {
        try
        {
            return new(file, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException) when (System.IO.File.Exists(file))
        {
            throw new CannotStartException(
                $"Another AppHost works on {System.IO.Path.GetDirectoryName(file)}: stop it, or set McpSecure__DataFolder to another folder.");
        }
    }
}
