using System.Diagnostics;
using System.Security.Cryptography;
using Npgsql;

namespace McpSecure.Testing;

/// <summary>
/// Runs a real Postgres on a free port of the loopback address, in a temporary folder. Tests that only need a database share one
/// server (<see cref="PostgresDatabase"/>); tests that stop it start their own.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private static readonly Lazy<Task<PostgresServer>> Shared = new(StartNewAsync);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly string password = RandomNumberGenerator.GetHexString(32);
    private readonly string binaries = Binaries.PostgresFolder();
    private readonly string folder = Directory.CreateTempSubdirectory("mcpsecure-postgres-").FullName;
    private ServerProcess? process;
    private int databases;

    private PostgresServer()
    {
    }

    /// <summary>Gets the port; a restarted server keeps it.</summary>
    public int Port { get; private set; }

    /// <summary>Gives the server that all tests of this process share. It ends with the process.</summary>
    /// <exception cref="InvalidOperationException">This machine has no Postgres, or it does not start; the message says what to do.</exception>
    public static Task<PostgresServer> SharedAsync() => Shared.Value;

    /// <summary>Starts a server of its own for a test that stops it.</summary>
    /// <exception cref="InvalidOperationException">This machine has no Postgres, or it does not start; the message says what to do.</exception>
    public static async Task<PostgresServer> StartNewAsync()
    {
        var server = new PostgresServer();
        await server.InitializeAsync();
        for (var tries = 1; ; tries++)
        {
            server.Port = FreePort.Next();
            try
            {
                await server.StartAsync();
                return server;
            }
            catch (InvalidOperationException) when (tries < 3)
            {
                // Another process was quicker to take the port.
            }
            catch
            {
                Directory.Delete(server.folder, recursive: true);
                throw;
            }
        }
    }

    /// <summary>Gives the connection string of a database.</summary>
    public string ConnectionString(string database) => $"Host=127.0.0.1;Port={Port};Username=postgres;Password={password};Database={database}";

    /// <summary>Creates an empty database and returns its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test{Interlocked.Increment(ref databases)}";
        await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        await create.ExecuteNonQueryAsync();
        return ConnectionString(name);
    }

    /// <summary>Starts a stopped server on its data and waits until it answers.</summary>
    public async Task StartAsync()
    {
        process = await ServerProcess.StartAsync(folder, "QUIT", AsPostgres(
            Path.Combine(binaries, "postgres"),
            "-D", $"{folder}/data",
            "-p", $"{Port}",
            "-c", "listen_addresses=127.0.0.1",
            "-c", "unix_socket_directories=",
            "-c", "max_connections=200",
            "-c", "fsync=off", // a killed process loses nothing by it, only a killed machine
            "-c", "log_checkpoints=off"));
        await WaitUntilItAnswersAsync(process);
    }

    /// <summary>Stops the server as an operator would: connections are ended, data are written.</summary>
    public Task StopAsync() => EndAsync("INT");

    /// <summary>Stops the server as a crash would; it recovers at the next start.</summary>
    public Task KillAsync() => EndAsync("QUIT");

    /// <summary>Makes the server hang: connections stay open and nothing answers.</summary>
    public void Freeze() => process!.Freeze();

    /// <summary>Lets a frozen server go on.</summary>
    public void Thaw() => process!.Thaw();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (process is not null)
        {
            process.Thaw();
            await process.DisposeAsync();
        }
        else
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private async Task EndAsync(string signal)
    {
        await process!.EndAsync(signal);
        process = null;
    }

    private async Task InitializeAsync()
    {
        // The folder is its owner's alone, and so is what lies in it.
        var passwordFile = $"{folder}/password";
        await File.WriteAllTextAsync(passwordFile, password);
        if (Binaries.AreRunByRoot)
        {
            await RunAsync("chown", "-R", "postgres", folder);
        }

        await RunAsync(AsPostgres(
            Path.Combine(binaries, "initdb"),
            "-D", $"{folder}/data",
            "-U", "postgres",
            "--auth=scram-sha-256",
            $"--pwfile={passwordFile}",
            "--encoding=UTF8",
            "--locale=C",
            "--no-sync",
            "--no-instructions"));
    }

    private static string[] AsPostgres(params string[] command) =>
        Binaries.AreRunByRoot ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups", .. command] : command;

    private static async Task RunAsync(params string[] command)
    {
        using var run = Process.Start(new ProcessStartInfo(command[0], command[1..])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var output = run.StandardOutput.ReadToEndAsync();
        var errors = await run.StandardError.ReadToEndAsync();
        await output;
        await run.WaitForExitAsync();
        if (run.ExitCode != 0)
        {
            throw new InvalidOperationException($"{string.Join(' ', command)} failed: {errors}");
        }
    }

    private async Task WaitUntilItAnswersAsync(ServerProcess started)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (true)
        {
            try
            {
                await using var connection = new NpgsqlConnection(ConnectionString("postgres") + ";Pooling=false;Timeout=2");
                await connection.OpenAsync();
                return;
            }
            catch (NpgsqlException e)
            {
                if (started.HasEnded || TimeProvider.System.GetElapsedTime(begun) > StartLimit)
                {
                    var words = started.LastWords();
                    await started.EndAsync("QUIT");
                    process = null;
                    throw new InvalidOperationException($"Postgres does not start on port {Port}: {words}", e);
                }
            }

            await Task.Delay(50);
        }
    }
}
