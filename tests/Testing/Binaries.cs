namespace McpSecure.Testing;

/// <summary>Finds the programs of the servers on this machine.</summary>
internal static class Binaries
{
    /// <summary>Gets whether this process is root, as whom Postgres refuses to run.</summary>
    public static bool AreRunByRoot => Environment.UserName == "root";

    /// <summary>Finds the folder that holds <c>initdb</c> and <c>postgres</c>: of <c>MCPSECURE_TEST_POSTGRES</c>, else of Debian's newest, else of PATH.</summary>
    /// <exception cref="InvalidOperationException">There is none; the message says what to do.</exception>
    public static string PostgresFolder()
    {
        var debian = Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").OrderByDescending(VersionOf).Select(version => Path.Combine(version, "bin"))
            : [];

        return Candidates("MCPSECURE_TEST_POSTGRES", debian).FirstOrDefault(folder => File.Exists(Path.Combine(folder, "initdb")))
            ?? throw new InvalidOperationException(
                "These tests need a Postgres server and found none: install one (Debian: apt-get install postgresql), "
                + "or name the folder of its initdb in MCPSECURE_TEST_POSTGRES.");
    }

    /// <summary>Finds <c>redis-server</c> in the folder <c>MCPSECURE_TEST_REDIS</c>, else on PATH.</summary>
    /// <exception cref="InvalidOperationException">There is none; the message says what to do.</exception>
    public static string RedisServer() =>
        Candidates("MCPSECURE_TEST_REDIS", []).Select(folder => Path.Combine(folder, "redis-server")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException(
            "These tests need a Redis server and found none: install one (Debian: apt-get install redis-server), "
            + "or name the folder of redis-server in MCPSECURE_TEST_REDIS.");

    private static IEnumerable<string> Candidates(string variable, IEnumerable<string> usual) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } named
            ? [named]
            : [.. usual, .. (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)];

    private static int VersionOf(string folder) => int.TryParse(Path.GetFileName(folder), out var version) ? version : 0;
}
