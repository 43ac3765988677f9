using System.Diagnostics;
using McpSecure.Testing;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Runs the program itself, as a shell does.</summary>
public sealed class ProgramTests
{
    private static readonly string Program = RepositoryFiles.Program("clients/McpSecure.Cli", "mcpsecure");

    [Theory]
    [InlineData("mcpsecure us", "users")]
    [InlineData("mcpsecure keyrings ", "create get list rotate update disable enable destroy spare keks")]
    [InlineData("mcpsecure completion ", "bash fish zsh")]
    [InlineData("mcpsecure audit query --outcome ", "denied failure success")]
    [InlineData("mcpsecure keys create ci --li", "--lifetime")]
    public async Task Completion_OfBash_OffersTheWords(string line, string expected)
    {
        var words = line.Split(' ');
        var (code, told, _) = await RunAsync("bash", "-c", $$"""
            mcpsecure() { dotnet '{{Program}}' "$@"; }
            eval "$(mcpsecure completion bash)"
            COMP_LINE='{{line}}' COMP_POINT={{line.Length}} COMP_WORDS=({{string.Join(' ', words.Select(word => $"'{word}'"))}}) COMP_CWORD={{words.Length - 1}}
            _mcpsecure_complete
            printf '%s\n' "${COMPREPLY[@]}"
            """);

        Assert.Equal(0, code);
        Assert.Superset(expected.Split(' ').ToHashSet(StringComparer.Ordinal), told.Split('\n').ToHashSet(StringComparer.Ordinal));
        Assert.DoesNotContain(told.Split('\n'), word => word.StartsWith('/'));
    }

    [Fact]
    public async Task Program_WithNothingOnStandardInput_AsksNobodyAndTellsTheShell()
    {
        var (code, told, complained) = await RunAsync("dotnet", Program, "totp");

        Assert.Equal(2, code);
        Assert.Empty(told);
        Assert.StartsWith("error: The authenticator secret in Base32 is needed and there is no terminal to ask on.", complained, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Program_WithinATraceOfTheShell_IsPartOfIt()
    {
        var (_, _, complained) = await RunAsync(
            "bash", "-c", $"TRACEPARENT=00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01 dotnet '{Program}' completion fish --trace");

        Assert.Equal("trace: 4bf92f3577b34da6a3ce929d0e0e4736\n", complained);
    }

    private static async Task<(int Code, string Told, string Complained)> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        var told = process.StandardOutput.ReadToEndAsync(limit.Token);
        var complained = process.StandardError.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return (process.ExitCode, await told, await complained);
    }
}
