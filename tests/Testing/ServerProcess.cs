using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace McpSecure.Testing;

/// <summary>
/// Runs a server that cannot outlive the test process: a small shell script starts it and waits on a pipe that only this process
/// holds open. However this process ends (SIGKILL too), the pipe closes and the script ends the server and removes its folder.
/// </summary>
internal sealed partial class ServerProcess : IAsyncDisposable
{
    private const int Stop = 19;
    private const int Continue = 18;

    // $1 the server's folder, $2 the signal that ends it for good, then its command line. Says the server's pid, which stays its own
    // until `wait`. A line on the pipe is a signal to stop with; the end of the pipe means for good.
    private const string Guard =
        """
        folder=$1; end=$2; shift 2
        setsid "$@" </dev/null >>"$folder/log" 2>&1 &
        child=$!
        exec 2>/dev/null
        trap '' INT TERM HUP
        echo "$child"
        read -r signal || gone=yes
        kill -s CONT "$child"
        kill -s "${signal:-$end}" "$child"
        wait "$child"
        if [ "$gone" ]; then rm -rf "$folder"; fi
        """;

    private readonly Process guard;
    private readonly string folder;

    private ServerProcess(Process guard, int pid, string folder) => (this.guard, Pid, this.folder) = (guard, pid, folder);

    /// <summary>Gets the process id of the server.</summary>
    public int Pid { get; }

    /// <summary>Gets whether the server has ended, by itself or not.</summary>
    public bool HasEnded => guard.HasExited || State(Pid) is null or 'Z';

    /// <summary>Starts a server.</summary>
    /// <param name="folder">Its folder, removed when this process ends or disposes; holds its output in the file <c>log</c>.</param>
    /// <param name="endSignal">The signal that ends it for good, for example <c>QUIT</c>.</param>
    /// <param name="command">The program and its arguments.</param>
    /// <param name="environment">What its environment has beside ours.</param>
    public static async Task<ServerProcess> StartAsync(
        string folder, string endSignal, IEnumerable<string> command, IEnumerable<KeyValuePair<string, string>>? environment = null)
    {
        var start = new ProcessStartInfo("/bin/sh", ["-c", Guard, "guard", folder, endSignal, .. command])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        var started = Process.Start(start)!;
        var pid = await started.StandardOutput.ReadLineAsync();
        return new ServerProcess(started, int.Parse(pid!, CultureInfo.InvariantCulture), folder);
    }

    /// <summary>Ends the server with a signal and keeps its folder, so that it can be started again.</summary>
    public async Task EndAsync(string signal)
    {
        await guard.StandardInput.WriteLineAsync(signal);
        await guard.WaitForExitAsync();
        guard.Dispose();
    }

    /// <summary>Stops the server and its children in their tracks: connections stay open and nothing answers.</summary>
    public void Freeze() => Signal(Stop);

    /// <summary>Lets a frozen server go on.</summary>
    public void Thaw() => Signal(Continue);

    /// <summary>Reads the end of what the server wrote, for a message.</summary>
    public string LastWords() => File.Exists($"{folder}/log") ? string.Join('\n', File.ReadLines($"{folder}/log").TakeLast(10)) : "";

    /// <summary>Ends the server for good and removes its folder.</summary>
    public async ValueTask DisposeAsync()
    {
        guard.StandardInput.Close();
        await guard.WaitForExitAsync();
        guard.Dispose();
    }

    private void Signal(int signal)
    {
        foreach (var pid in (IEnumerable<int>)[Pid, .. Children()])
        {
            _ = Kill(pid, signal);
        }
    }

    private IEnumerable<int> Children()
    {
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(directory), out var pid) && Fields(pid) is [_, var parent, ..]
                && int.Parse(parent, CultureInfo.InvariantCulture) == Pid)
            {
                yield return pid;
            }
        }
    }

    private static char? State(int pid) => Fields(pid) is [var state, ..] ? state[0] : null;

    // proc(5), /proc/pid/stat: what follows the program's name in parentheses, beginning with state and parent.
    private static string[]? Fields(int pid)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);
}
