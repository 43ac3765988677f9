using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using McpSecure.Testing;

namespace McpSecure.AppHost.Tests;

/// <summary>Runs the AppHost as its users do: a process with settings in its environment, ended by signals.</summary>
internal sealed partial class AppHostProcess : IAsyncDisposable
{
    public const int SigKill = 9;
    public const int SigTerm = 15;

    // Every process that descends from this one inherits the variable, wherever it is moved in the tree.
    private const string Mark = "MCPSECURE_TEST_RUN";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    private readonly string mark = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
    private readonly Process process;
    private readonly StringBuilder output = new();
    private readonly Lock gate = new();

    private AppHostProcess(ProcessStartInfo start)
    {
        start.Environment[Mark] = mark;
        process = new() { StartInfo = start };
        process.OutputDataReceived += (_, line) => Take(line.Data);
        process.ErrorDataReceived += (_, line) => Take(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
    }

    public string Output
    {
        get
        {
            lock (gate)
                return output.ToString();
        }
    }

    public static AppHostProcess Start(string dataFolder, IReadOnlyDictionary<string, string>? settings = null)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(Settings).Assembly.Location])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = AppContext.BaseDirectory,
            Environment =
            {
                ["DOTNET_ENVIRONMENT"] = "Development",
                ["ASPNETCORE_URLS"] = $"http://localhost:{FreePort.Next()}",
                ["ASPIRE_DASHBOARD_OTLP_ENDPOINT_URL"] = $"http://localhost:{FreePort.Next()}",
                ["ASPIRE_RESOURCE_SERVICE_ENDPOINT_URL"] = $"http://localhost:{FreePort.Next()}",
                ["ASPIRE_ALLOW_UNSECURED_TRANSPORT"] = "true",
                ["McpSecure__DataFolder"] = dataFolder,
                ["McpSecure__Servers"] = "local",
            },
        };
        foreach (var service in Settings.DefaultPorts.Keys)
            start.Environment[$"McpSecure__Ports__{service}"] = "0";
        foreach (var (name, value) in settings ?? new Dictionary<string, string>(StringComparer.Ordinal))
            start.Environment[name] = value;
        return new(start);
    }

    /// <summary>Waits for the AppHost to print a text, and fails with all that it did print when it ends or takes too long.</summary>
    public async Task WaitForAsync(string text)
    {
        for (var started = Stopwatch.GetTimestamp(); !Output.Contains(text, StringComparison.Ordinal);)
        {
            Assert.False(process.HasExited, $"The AppHost ended before it printed '{text}':\n{Output}");
            Assert.True(Stopwatch.GetElapsedTime(started) < StartLimit, $"The AppHost did not print '{text}' in time:\n{Output}");
            await Task.Delay(PollInterval);
        }
    }

    public async Task<int> WaitForExitAsync()
    {
        using var limit = new CancellationTokenSource(StartLimit);
        await process.WaitForExitAsync(limit.Token);
        return process.ExitCode;
    }

    /// <summary>Sends a signal to the AppHost and returns how long it took until none of its processes was left.</summary>
    public async Task<TimeSpan> EndAsync(int signal)
    {
        var started = Stopwatch.GetTimestamp();
        Signal(process.Id, signal);
        while (Family().Count > 0)
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < StartLimit, $"Left behind: {string.Join("; ", Family().Select(CommandLineOf))}");
            await Task.Delay(PollInterval);
        }

        return Stopwatch.GetElapsedTime(started);
    }

    /// <summary>Kills one process of the application, found by a part of its command line.</summary>
    public void Kill(string commandLine) =>
        Signal(Assert.Single(Family(), pid => CommandLineOf(pid).Contains(commandLine, StringComparison.Ordinal)
            && !CommandLineOf(pid).Contains("monitor-process", StringComparison.Ordinal)), SigKill);

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await EndAsync(SigTerm);
        process.Dispose();
    }

    private List<int> Family() =>
    [
        .. Directory.EnumerateDirectories("/proc")
            .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
            .Where(pid => pid > 0 && Read($"/proc/{pid}/environ").Contains($"{Mark}={mark}", StringComparison.Ordinal)),
    ];

    private static string CommandLineOf(int pid) => Read($"/proc/{pid}/cmdline").Replace('\0', ' ');

    private static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            return ""; // ended meanwhile, or another user's
        }
    }

    private static void Signal(int pid, int signal) => Assert.Equal(0, SendSignal(pid, signal));

    private void Take(string? line)
    {
        lock (gate)
            output.AppendLine(line);
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int SendSignal(int pid, int signal);
}
