using System.Diagnostics;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dcp;

/// <summary>Starts DCP. It watches this process and, when this ends in any way, ends what it runs and itself.</summary>
internal sealed class DcpHost(IConfiguration configuration, TimeProvider time)
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(50);

    public async Task<DcpClient> StartAsync(CancellationToken cancellationToken)
    {
        // DCP deletes this folder when it ends.
        var session = Directory.CreateTempSubdirectory("mcpsecure-dcp-");
        var kubeconfig = Path.Combine(session.FullName, "kubeconfig");

        var start = new ProcessStartInfo(DcpTools.Dcp(configuration))
        {
            ArgumentList =
            {
                "start-apiserver", "--detach", "-v", "error",
                "--kubeconfig", kubeconfig,
                "--monitor-interval", "1",
                "--monitor", Environment.ProcessId.ToString(System.Globalization.CultureInfo.InvariantCulture),
                // No container runtime is looked for when one is named; containers are refused anyway.
                "--container-runtime", "docker",
            },
            Environment = { ["DCP_SESSION_FOLDER"] = session.FullName },
        };
        foreach (var name in (string[])["ASPNETCORE_URLS", "ASPNETCORE_ENVIRONMENT", "DOTNET_ENVIRONMENT", "DOTNET_LAUNCH_PROFILE"])
            start.Environment.Remove(name);

        using (var process = Process.Start(start)!)
            await process.WaitForExitAsync(cancellationToken);

        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < StartLimit)
        {
            if (Kubeconfig.Read(kubeconfig) is { } reachable)
                return new(reachable);
            await Task.Delay(PollInterval, time, cancellationToken);
        }

        throw new DistributedApplicationException($"DCP did not start within {StartLimit.TotalSeconds:0} s.");
    }
}
