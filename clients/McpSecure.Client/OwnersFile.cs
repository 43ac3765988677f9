using System.Security.Cryptography;
using System.Text;

namespace McpSecure.Client;

/// <summary>Writes files that nobody but their owner reads (0600).</summary>
internal static class OwnersFile
{
    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Replaces a file as a whole: who reads it sees the old content or the new, and after a crash one of the two is there.</summary>
    public static void Replace(string path, string content)
    {
        // A name of its own: several processes of one machine may share the file.
        var unfinished = Beside(Path.GetDirectoryName(Path.GetFullPath(path))!);
        Write(unfinished, content);
        File.Move(unfinished, path, overwrite: true);
    }

    /// <summary>Writes a file that is not there yet.</summary>
    public static void Write(string path, string content)
    {
        using var stream = Create(path, FileOptions.None);
        stream.Write(Encoding.UTF8.GetBytes(content));
        stream.Flush(flushToDisk: true);
    }

    /// <summary>Makes an empty file that is not there yet.</summary>
    public static FileStream Create(string path, FileOptions how)
    {
        var creation = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Options = how };
        if (!OperatingSystem.IsWindows())
        {
            creation.UnixCreateMode = Mode;
        }

        return new FileStream(path, creation);
    }

    /// <summary>Returns the path of a file in a folder that nobody else takes.</summary>
    public static string Beside(string folder) => Path.Combine(folder, Unique(".mcpsecure"));

    /// <summary>Returns a name that nobody else takes.</summary>
    public static string Unique(string start) => $"{start}-{RandomNumberGenerator.GetHexString(32, lowercase: true)}";
}
