using System.Diagnostics;
using System.Text;
using System.Text.Json;
using McpSecure.Cli;

namespace McpSecure.SystemTests;

/// <summary>Is the shell of the administrator, who signs in once and types commands: each is a process of its own.</summary>
public sealed class Shell(PlatformFixture fixture) : IAsyncLifetime
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly string folder = Directory.CreateTempSubdirectory("mcpsecure-shell-").FullName;

    public async Task InitializeAsync()
    {
        CommandLineProfile.Write(fixture.Platform, folder);
        var administrator = fixture.Story.Administrator;
        var signedIn = await PipeAsync(
            $"{administrator.Password}\n{await administrator.Authenticator!.CodeAsync()}\n", "signin", administrator.Username, "--password-stdin", "--code-stdin");
        signedIn.AssertEndsWith(ExitCode.Ok);
    }

    public Task DisposeAsync()
    {
        Directory.Delete(folder, recursive: true);
        return Task.CompletedTask;
    }

    /// <summary>Writes a file for commands to read, and answers its path.</summary>
    internal string WriteFile(string name, string content)
    {
        File.WriteAllText(Path.Combine(folder, name), content);
        return Path.Combine(folder, name);
    }

    /// <summary>Runs a command that reads nothing.</summary>
    internal Task<Ran> RunAsync(params string[] arguments) => PipeAsync("", arguments);

    /// <summary>Runs a command that reads a text from standard input.</summary>
    internal async Task<Ran> PipeAsync(string input, params string[] arguments)
    {
        var utf8 = new UTF8Encoding(encoderShouldEmitUTF8Identifier: false);
        using var command = Process.Start(new ProcessStartInfo(CommandLineProfile.Program, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = utf8,
            StandardOutputEncoding = utf8,
            Environment = { ["MCPSECURE_PROFILE"] = Path.Combine(folder, "cli.json"), ["MCPSECURE_SESSION"] = Path.Combine(folder, "cli.session.json") },
        })!;
        using var limit = new CancellationTokenSource(Limit);
        var (output, error) = (command.StandardOutput.ReadToEndAsync(limit.Token), command.StandardError.ReadToEndAsync(limit.Token));
        try
        {
            await command.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            command.StandardInput.Close();
            await command.WaitForExitAsync(limit.Token);

            return new Ran((ExitCode)command.ExitCode, await output, await error);
        }
        finally
        {
            command.Kill(); // does nothing to one that has ended
        }
    }
}

/// <summary>Is what a command left behind.</summary>
internal sealed record Ran(ExitCode ExitCode, string Out, string Error)
{
    /// <summary>Gets the one JSON document of standard output.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>Gets the lines of standard output.</summary>
    public string[] Lines => Out.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>Gets the reason in the one JSON document of standard error.</summary>
    public string Reason => JsonDocument.Parse(Error).RootElement.GetProperty("error").GetProperty("reason").GetString()!;

    /// <summary>Fails with what the command complained of where it did not end so.</summary>
    public Ran AssertEndsWith(ExitCode exitCode)
    {
        Assert.True(ExitCode == exitCode, $"It ended with {ExitCode} instead of {exitCode}: {Error}");
        return this;
    }
}
