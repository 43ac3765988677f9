using McpSecure.Client;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>Keeps the account that is current in a file for the next start. No path: nothing is kept.</summary>
public sealed class KeptDatabaseAccount
{
    private const UnixFileMode OthersAccess =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private readonly string path;
    private volatile DatabaseAccount? kept;

    internal KeptDatabaseAccount(string path) => this.path = path;

    /// <summary>Gets the user name of the account that this process has kept last, or null: with another the next start cannot be relied on.</summary>
    public string? Username => kept?.Username;

    /// <summary>Says why a file cannot be written, or null where it can.</summary>
    internal static string? WhyNot(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        try
        {
            using var probe = OwnersFile.Create(OwnersFile.Beside(folder), FileOptions.DeleteOnClose);
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"nothing can be written to {folder} ({e.GetType().Name}).";
        }
    }

    /// <summary>Returns user name and password of the account that is kept, or null where there is no file.</summary>
    /// <exception cref="DatabaseAccountFileException">There is one, and it cannot be read, is open to others, or holds something else.</exception>
    internal (string Username, string Password)? Read()
    {
        if (path.Length == 0)
        {
            return null;
        }

        try
        {
            var account = new NpgsqlConnectionStringBuilder(ReadOwnersFile());
            return account is { Username: { Length: > 0 } username, Password: { Length: > 0 } password } ? (username, password) : throw Malformed();
        }
        catch (FileNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatabaseAccountFileException($"The file {path}, which keeps the account of the database, cannot be read ({e.GetType().Name}).");
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException or OverflowException)
        {
            throw Malformed(); // the exception's text may quote the password
        }
    }

    /// <summary>Keeps an account.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be written.</exception>
    internal void Keep(DatabaseAccount account)
    {
        if (path.Length > 0 && account != kept)
        {
            OwnersFile.Replace(path, new NpgsqlConnectionStringBuilder { Username = account.Username, Password = account.Password }.ConnectionString);
            kept = account;
        }
    }

    private DatabaseAccountFileException Malformed() =>
        new($"The file {path} does not hold an account of the database as this service keeps it: remove it, and the connection string's account is used.");

    private string ReadOwnersFile()
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

        // The mode of what was opened, not of what lies at the path a moment later.
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & OthersAccess) != UnixFileMode.None)
        {
            throw new DatabaseAccountFileException($"The file {path}, which keeps the account of the database, is open to others than its owner; correct it with: chmod 600 {path}");
        }

        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }
}
