using System.Diagnostics;
using McpSecure.Testing;

namespace McpSecure.SystemTests;

/// <summary>Tells the story as a new user does: with the script, through the command line's own program.</summary>
public sealed class StoryScriptTests : IAsyncLifetime
{
    private readonly string folder = Directory.CreateTempSubdirectory("mcpsecure-story-").FullName;
    private Platform? platform;

    private Platform Platform => platform ?? throw new InvalidOperationException("The fixture is not initialized yet.");

    public async Task InitializeAsync() => platform = await Platform.StartAsync();

    public async Task DisposeAsync()
    {
        await Platform.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public async Task Script_AgainstANewPlatform_TellsTheWholeStory()
    {
        var (status, told) = await TellAsync();

        Assert.True(status == 0, told);
        Assert.Contains("allowed: servers:read", told, StringComparison.Ordinal);
        Assert.Contains("denied: servers:delete", told, StringComparison.Ordinal);
        Assert.Contains("The old ciphertext gave back what was encrypted.", told, StringComparison.Ordinal);
        Assert.Contains("auth.administrator.bootstrapped", told, StringComparison.Ordinal);
        Assert.Matches(@"Log:\s+intact", told);
    }

    private async Task<(int Status, string Told)> TellAsync()
    {
        var start = new ProcessStartInfo("bash", [Path.Combine(RepositoryFiles.Root, "eng", "story.sh")])
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment =
            {
                ["MCPSECURE"] = CommandLineProfile.Program,
                ["MCPSECURE_PROFILE"] = WriteProfile(),
            },
        };

        using var limit = new CancellationTokenSource(TimeSpan.FromMinutes(5));
        using var script = Process.Start(start)!;
        var told = script.StandardOutput.ReadToEndAsync(limit.Token);
        var complained = script.StandardError.ReadToEndAsync(limit.Token);
        await script.WaitForExitAsync(limit.Token);

        return (script.ExitCode, await told + await complained);
    }

    // What the AppHost leaves for the command line: a profile, and the one-time secret beside it.
    private string WriteProfile()
    {
        Directory.CreateDirectory(Path.Combine(folder, "secrets"));
        File.WriteAllText(Path.Combine(folder, "secrets", "bootstrap-secret"), Platform.BootstrapSecret);
        return CommandLineProfile.Write(Platform, folder);
    }
}
