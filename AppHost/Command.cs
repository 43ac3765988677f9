using System.ComponentModel;
using System.Diagnostics;

namespace McpSecure.AppHost;

/// <summary>Runs programs of this machine to their end.</summary>
internal static class Command
{
    /// <summary>Returns the full path of a program on PATH, or null.</summary>
    public static string? OnPath(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program))
            .FirstOrDefault(File.Exists);

    /// <exception cref="CannotStartException">It is missing, or did not succeed; the message ends with its last words.</exception>
    public static async Task RunAsync(string purpose, string program, params IReadOnlyList<string> arguments)
    {
        var (exitCode, lastWords) = await TryAsync(program, Timeout.InfiniteTimeSpan, arguments)
            ?? throw new CannotStartException($"{program}, needed to {purpose}, is not installed.");
        if (exitCode != 0)
            throw new CannotStartException($"Could not {purpose}: {lastWords}");
    }

    /// <summary>Returns whether the program is there and succeeds within <paramref name="limit"/>.</summary>
    public static async Task<bool> SucceedsAsync(string program, TimeSpan limit, params IReadOnlyList<string> arguments) =>
        await TryAsync(program, limit, arguments) is (0, _);

    private static async Task<(int ExitCode, string LastWords)?> TryAsync(string program, TimeSpan limit, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        try
        {
            using var process = Process.Start(start)!;
            using var timeout = new CancellationTokenSource(limit, TimeProvider.System);
            try
            {
                var output = process.StandardOutput.ReadToEndAsync(timeout.Token);
                var errors = await process.StandardError.ReadToEndAsync(timeout.Token);
                await output;
                await process.WaitForExitAsync(timeout.Token);
                return (process.ExitCode, string.Join(' ', errors.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)));
            }
            catch (OperationCanceledException)
            {
                process.Kill(entireProcessTree: true);
                return (-1, $"no answer within {limit.TotalSeconds:0} s");
            }
        }
        catch (Win32Exception)
        {
            return null;
        }
    }
}
