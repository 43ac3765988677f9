using System.Security.Cryptography;
using System.Text;

namespace McpSecure.AppHost;

/// <summary>Knows the account that Postgres runs as: our own, but under root, which Postgres refuses, the one named postgres.</summary>
internal static class PostgresAccount
{
    private const string Name = "postgres";

    // Under root the rest of the file system may be closed to that account, root's own home above all.
    private const string HomeUnderRoot = "/var/lib/mcpsecure";

    public static bool IsAnother => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows();

    /// <summary>Lists what to put before a command so that it runs as that account. It ends when its parent does, however that ends.</summary>
    public static IReadOnlyList<string> Prefix =>
    [
        .. OperatingSystem.IsLinux() ? (string[])["setpriv", "--pdeathsig", "INT"] : [],
        .. IsAnother ? (string[])[$"--reuid={Name}", $"--regid={Name}", "--init-groups", "--no-new-privs", "--"] : [],
    ];

    /// <summary>Returns the folder itself where that account can reach it, else one that it can, a different one for each.</summary>
    public static string Home(string folder)
    {
        if (!IsAnother || IsReachable(folder))
            return folder;
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(folder));
        return Path.Combine(HomeUnderRoot, Convert.ToHexStringLower(digest.AsSpan(0, 6)));
    }

    /// <summary>Lets that account pass through the folder, without listing or reading it.</summary>
    public static void LetThrough(string folder)
    {
        if (IsAnother && !OperatingSystem.IsWindows())
            File.SetUnixFileMode(folder, File.GetUnixFileMode(folder) | UnixFileMode.OtherExecute | UnixFileMode.GroupExecute);
    }

    public static Task GiveAsync(string folder) =>
        IsAnother ? Command.RunAsync($"give {folder} to the account '{Name}'", "chown", "-R", $"{Name}:", folder) : Task.CompletedTask;

    private static bool IsReachable(string folder)
    {
        for (var parent = Directory.GetParent(folder); parent is not null; parent = parent.Parent)
        {
            if (!OperatingSystem.IsWindows() && !parent.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                return false;
        }

        return true;
    }
}
