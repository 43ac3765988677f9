using System.Globalization;

namespace McpSecure.AppHost;

/// <summary>Makes the files of a Postgres database cluster on first start, and on later ones makes sure that they are whole and free.</summary>
internal sealed class PostgresFiles(string place, DevelopmentSecrets secrets)
{
    public const string PasswordName = "postgres-password";

    private static readonly TimeSpan PredecessorLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(100);

    private const string Anew = "set McpSecure__Data=fresh to start anew without its data";

    private string Data => Path.Combine(place, "data");

    /// <summary>Returns the programs that fit the files, and the folder to run them on.</summary>
    /// <exception cref="CannotStartException">The files are not whole, in use, of another version, or Postgres is not installed.</exception>
    public async Task<(PostgresPrograms Programs, string Data)> PrepareAsync()
    {
        var installed = PostgresPrograms.Installed();
        if (installed is [])
            throw Preflight.Missing("Postgres");

        if (!Directory.Exists(place))
            await CreateAsync(installed[0]);

        var version = VersionOfData();
        if (!secrets.Has(PasswordName))
            throw new CannotStartException($"{place} holds a database whose password is gone from the data folder: {Anew}.");

        var programs = installed.FirstOrDefault(programs => programs.Version == version || programs.Version == 0)
            ?? throw new CannotStartException($"{place} was made by PostgreSQL {version} and {installed[0].Version} is installed: install {version}, or {Anew}.");
        return (programs, Data);
    }

    /// <summary>Makes the files beside their place and moves them there once they are whole, so an interrupted start leaves nothing half made in it.</summary>
    private async Task CreateAsync(PostgresPrograms programs)
    {
        var unfinished = place + ".unfinished";
        if (Directory.Exists(unfinished))
            Directory.Delete(unfinished, recursive: true);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        OwnerOnly.CreateFolder(unfinished);

        // By file: an argument shows in the list of processes.
        var password = Path.Combine(unfinished, "password");
        OwnerOnly.Write(password, secrets.Text(PasswordName));
        await PostgresAccount.GiveAsync(unfinished);

        IReadOnlyList<string> command =
        [
            .. PostgresAccount.Prefix, programs.Init,
            "--pgdata", Path.Combine(unfinished, "data"), "--username", "postgres", "--pwfile", password,
            "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C.UTF-8", "--data-checksums",
        ];
        await Command.RunAsync("make the files of the database", command[0], [.. command.Skip(1)]);
        File.Delete(password);
        Directory.Move(unfinished, place);
    }

    private int VersionOfData()
    {
        var whole = File.Exists(Path.Combine(Data, "global", "pg_control"));
        return whole && int.TryParse(File.ReadAllText(Path.Combine(Data, "PG_VERSION")).Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var version)
            ? version
            : throw new CannotStartException($"{place} holds no whole database: restore it from a copy, or {Anew}.");
    }

    /// <summary>Waits for the Postgres of an AppHost that was killed a moment ago: it is being stopped, and takes its time to write everything down.</summary>
    public async Task WaitForPredecessorAsync()
    {
        for (var started = TimeProvider.System.GetTimestamp(); Predecessor() is { } process;)
        {
            if (TimeProvider.System.GetElapsedTime(started) > PredecessorLimit)
                throw new CannotStartException($"Postgres, process {process}, already works on {place}: stop it, or set McpSecure__DataFolder to another folder.");
            await Task.Delay(PollInterval, TimeProvider.System);
        }
    }

    private int? Predecessor()
    {
        var file = Path.Combine(Data, "postmaster.pid");
        if (!File.Exists(file) || !int.TryParse(File.ReadLines(file).FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out var process))
            return null;

        try
        {
            // The file outlives a crash, and its number may be another program's by now.
            using var running = System.Diagnostics.Process.GetProcessById(process);
            return running.ProcessName == "postgres" ? process : null;
        }
        catch (ArgumentException)
        {
            return null;
        }
    }
}
