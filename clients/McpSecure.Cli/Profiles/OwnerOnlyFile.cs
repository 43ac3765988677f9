using System.Security.Cryptography;

namespace McpSecure.Cli.Profiles;

/// <summary>Writes files that nobody but their owner may read, and reads them only where that still holds.</summary>
internal sealed class OwnerOnlyFile : IDisposable
{
    private const UnixFileMode OwnerReadWrite = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private const UnixFileMode Others =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute |
        UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly string full;
    private readonly string temporary;
    private readonly FileStream stream;

    private OwnerOnlyFile(string path)
    {
        Path = path;
        full = System.IO.Path.GetFullPath(path);

        // A name that nobody foresees, and a file that is ours from its birth: in a folder that others write to, somebody else's file
        // or link might wait under a name that can be guessed (CWE-377).
        temporary = $"{full}.{RandomNumberGenerator.GetHexString(16, lowercase: true)}.tmp";
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(full) ?? full);
        stream = new FileStream(temporary, ForCreation());
    }

    /// <summary>Gets the path as the caller named it.</summary>
    public string Path { get; }

    /// <summary>Makes room beside the file, which stays as it is until <see cref="Commit"/>.</summary>
    /// <exception cref="CommandFailure">The file could not be written.</exception>
    public static OwnerOnlyFile Create(string path)
    {
        if (Directory.Exists(path))
        {
            throw CommandFailure.InvalidInput($"{path} is a folder; a file is needed.");
        }

        try
        {
            return new OwnerOnlyFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.File($"{path} cannot be written", e);
        }
    }

    /// <summary>Replaces the file in one step: a reader sees the old content or the new, and neither with wider rights.</summary>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        using var file = Create(path);
        file.Commit(content);
    }

    /// <summary>Reads the file; null where there is none.</summary>
    /// <exception cref="CommandFailure">Others may read it, or it cannot be read.</exception>
    public static byte[]? TryRead(string path)
    {
        try
        {
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & Others) != UnixFileMode.None)
            {
                throw CommandFailure.InvalidInput(
                    $"{path} is open to others and is not used.",
                    $"`chmod 600 {path}` if you know why; else delete it and sign in again.");
            }

            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.File($"{path} cannot be read", e);
        }
    }

    /// <summary>Puts the content in the file's place.</summary>
    public void Commit(ReadOnlySpan<byte> content)
    {
        try
        {
            stream.Write(content);
            stream.Flush(flushToDisk: true);
            stream.Dispose();
            File.Move(temporary, full, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.File($"{Path} cannot be written", e);
        }
    }

    /// <summary>Leaves nothing beside the file.</summary>
    public void Dispose()
    {
        try
        {
            stream.Dispose();
            File.Delete(temporary);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The failure that led here is the one to tell of.
        }
    }

    private static FileStreamOptions ForCreation()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerReadWrite;
        }

        return options;
    }
}
