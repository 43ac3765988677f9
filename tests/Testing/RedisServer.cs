using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace McpSecure.Testing;

/// <summary>
/// Runs a real Redis on a free port of the loopback address, in a temporary folder, with a password and without persistence.
/// Tests share one server (<see cref="SharedAsync"/>); tests that stop it start their own.
/// </summary>
public sealed class RedisServer : IAsyncDisposable
{
    private static readonly Lazy<Task<RedisServer>> Shared = new(StartNewAsync);
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);

    private readonly string password = RandomNumberGenerator.GetHexString(32);
    private readonly string binary = Binaries.RedisServer();
    private readonly string folder = Directory.CreateTempSubdirectory("mcpsecure-redis-").FullName;
    private ServerProcess? process;

    private RedisServer()
    {
    }

    /// <summary>Gets the port; a restarted server keeps it.</summary>
    public int Port { get; private set; }

    /// <summary>Gets the connection string, as StackExchange.Redis reads it.</summary>
    public string ConnectionString => $"127.0.0.1:{Port},password={password}";

    /// <summary>Gives the server that all tests of this process share. It ends with the process.</summary>
    /// <exception cref="InvalidOperationException">This machine has no Redis, or it does not start; the message says what to do.</exception>
    public static Task<RedisServer> SharedAsync() => Shared.Value;

    /// <summary>Starts a server of its own for a test that stops it.</summary>
    /// <exception cref="InvalidOperationException">This machine has no Redis, or it does not start; the message says what to do.</exception>
    public static async Task<RedisServer> StartNewAsync()
    {
        var server = new RedisServer();
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

    /// <summary>Starts a stopped server, empty, and waits until it answers.</summary>
    public async Task StartAsync()
    {
        // The folder is its owner's alone, and so is what lies in it.
        var configuration = $"{folder}/redis.conf";
        await File.WriteAllTextAsync(
            configuration, $"bind 127.0.0.1\nport {Port}\nrequirepass {password}\nsave \"\"\nappendonly no\ndir {folder}\n");
        process = await ServerProcess.StartAsync(folder, "KILL", [binary, configuration]);
        await WaitUntilItAnswersAsync(process);
    }

    /// <summary>Stops the server: connections are closed and everything in it is lost.</summary>
    public async Task StopAsync()
    {
        await process!.EndAsync("KILL");
        process = null;
    }

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

    private async Task WaitUntilItAnswersAsync(ServerProcess started)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await AnswersAsync())
        {
            if (started.HasEnded || TimeProvider.System.GetElapsedTime(begun) > StartLimit)
            {
                var words = started.LastWords();
                await StopAsync();
                throw new InvalidOperationException($"Redis does not start on port {Port}: {words}");
            }

            await Task.Delay(20);
        }
    }

    private async Task<bool> AnswersAsync()
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", Port);
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"AUTH {password}\r\n"));
            var answer = new byte[3];
            return await client.GetStream().ReadAtLeastAsync(answer, answer.Length, throwOnEndOfStream: false) == 3
                && Encoding.ASCII.GetString(answer) == "+OK";
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
