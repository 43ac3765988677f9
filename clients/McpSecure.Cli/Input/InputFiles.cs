namespace McpSecure.Cli.Input;

/// <summary>Reads the files that a caller names, and says in one sentence what is wrong with one.</summary>
internal static class InputFiles
{
    /// <summary>The most bytes of a file or of standard input as a whole; no service takes a larger request.</summary>
    public const int LimitInBytes = 6 * 1024 * 1024;

    /// <summary>Reads the first line without its end; null where the file is empty.</summary>
    public static string? ReadFirstLine(string path)
    {
        using var reader = new StreamReader(Open(path));
        return reader.ReadLine();
    }

    /// <summary>Reads the whole file.</summary>
    public static async Task<byte[]> ReadAllAsync(string path, CancellationToken cancellationToken)
    {
        await using var stream = Open(path);
        return await ReadAllAsync(stream, path, cancellationToken);
    }

    /// <summary>Reads a whole stream that callers know as <paramref name="name"/>.</summary>
    public static async Task<byte[]> ReadAllAsync(Stream stream, string name, CancellationToken cancellationToken)
    {
        using var all = new MemoryStream();
        var buffer = new byte[64 * 1024];
        for (int read; (read = await stream.ReadAsync(buffer, cancellationToken)) > 0;)
        {
            all.Write(buffer, 0, read);
            if (all.Length > LimitInBytes)
            {
                throw CommandFailure.InvalidInput($"More than {LimitInBytes} bytes in {name}: no service takes that much at once.");
            }
        }

        return all.ToArray();
    }

    /// <summary>Opens a file for reading.</summary>
    /// <exception cref="CommandFailure">It cannot be read.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw CommandFailure.File($"{path} cannot be read", e);
        }
    }
}
