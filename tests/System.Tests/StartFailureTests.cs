using System.Diagnostics;
using McpSecure.Testing;

namespace McpSecure.SystemTests;

/// <summary>Starts a service's process with something in the way that no waiting mends.</summary>
public sealed class StartFailureTests
{
    [Fact]
    public Task Start_WithAnUnknownSetting_SaysSoInOneSentence() =>
        SaysAsync("Limits:Typo is unknown: there is no such setting.", ("Limits__Typo", "1"));

    [Fact]
    public Task Start_WithASettingOutOfRange_SaysSoInOneSentence() =>
        SaysAsync("Limits:LongestCall: The field LongestCall must be between 00:00:01 and 00:10:00.", ("Limits__LongestCall", "0"));

    [Fact]
    public Task Start_WithoutItsCertificate_SaysSoInOneSentence() => SaysAsync("/nowhere/tls.crt cannot be read");

    private static async Task SaysAsync(string said, params (string Name, string Value)[] settings)
    {
        var start = new ProcessStartInfo("dotnet", [RepositoryFiles.Program("services/Audit", "McpSecure.Audit")]) { UseShellExecute = false, RedirectStandardError = true };
        (string Name, string Value)[] usual =
        [
            ("Listen__Address", "localhost"),
            ("Listen__GrpcPort", "0"),
            ("Listen__HealthPort", "0"),
            ("Mtls__CertificatePath", "/nowhere/tls.crt"),
            ("Mtls__KeyPath", "/nowhere/tls.key"),
            ("Mtls__TrustBundlePath", "/nowhere/ca.crt"),
            ("Mtls__TrustDomain", "mcpsecure.local"),
            ("Peers__auth", "https://localhost:1"),
            ("Peers__authorization", "https://localhost:1"),
            ("ConnectionStrings__auditdb", "Host=localhost"),
        ];
        foreach (var (name, value) in usual.Concat(settings))
        {
            start.Environment[name] = value;
        }

        using var service = Process.Start(start)!;
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        var complaint = await service.StandardError.ReadToEndAsync(limit.Token);
        await service.WaitForExitAsync(limit.Token);

        Assert.Equal(1, service.ExitCode);
        Assert.StartsWith("This service cannot start: ", complaint, StringComparison.Ordinal);
        Assert.Contains(said, complaint, StringComparison.Ordinal);
        Assert.Single(complaint.TrimEnd().Split('\n'));
    }
}
