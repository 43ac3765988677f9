using System.Diagnostics;
using System.Globalization;

namespace McpSecure.Benchmarks;

/// <summary>Asks the installed OpenSSL how fast it is by itself (https://docs.openssl.org/3.0/man1/openssl-speed).</summary>
internal static class OpenSslSpeed
{
    /// <summary>Returns the time of one operation on one core.</summary>
    public static async Task<TimeSpan> TimeOfAsync(IReadOnlyList<string> what, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("openssl", ["speed", "-mr", "-elapsed", "-seconds", "1", .. what])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException("openssl did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var progress = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);

        // +R:<operations>:<algorithm>:<seconds>, and +R1 for private operations of RSA, among the progress.
        foreach (var line in $"{await progress}\n{await output}".Split('\n'))
        {
            if (line.Split(':') is ["+R" or "+R1", var operations, _, var seconds])
            {
                return TimeSpan.FromSeconds(double.Parse(seconds, CultureInfo.InvariantCulture)) / double.Parse(operations, CultureInfo.InvariantCulture);
            }
        }

        throw new InvalidOperationException($"openssl speed {string.Join(' ', what)} measured nothing.");
    }
}
