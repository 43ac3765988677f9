using System.CommandLine;
using McpSecure.Testing;

namespace McpSecure.Cli.Tests.Help;

/// <summary>Holds the help of every command to what was approved: the files beside this one, named after the command.</summary>
public sealed class HelpTests
{
    private static readonly string Approved = Path.Combine(RepositoryFiles.Root, "tests", "Cli.Tests", "Help");

    public static TheoryData<string> Commands => [.. Directory.EnumerateFiles(Approved, "*.txt").Select(CommandOf).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_OfACommand_IsAsApproved(string command)
    {
        var help = await HelpAsync(command);

        Assert.Equal(await File.ReadAllTextAsync(Path.Combine(Approved, $"{command.Replace(' ', '-')}.txt")), help);
    }

    [Fact]
    public async Task Help_EveryCommandThatTheHelpNames_IsApproved()
    {
        var named = await NamedAsync("mcpsecure");

        Assert.Equal(((IEnumerable<object[]>)Commands).Select(row => (string)row[0]).Order(StringComparer.Ordinal), named.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task CommandLine_Empty_ShowsTheHelpOfTheRoot()
    {
        var terminal = new TestTerminal();

        var code = await CommandLine.RunAsync([], terminal, new FakeClock());

        Assert.Equal(0, code);
        Assert.Equal(await HelpAsync("mcpsecure"), AsInstalled(terminal));
    }

    // A command may have a hyphen in its name, as `leases revoke-all` has: its usage tells how it is typed.
    private static string CommandOf(string file)
    {
        var usage = File.ReadLines(file).SkipWhile(line => line != "Usage:").ElementAt(1);
        return string.Join(' ', usage.Split(' ', StringSplitOptions.RemoveEmptyEntries).TakeWhile(word => char.IsAsciiLetter(word[0])));
    }

    // Follows the lists of commands, as a reader does.
    private static async Task<List<string>> NamedAsync(string command)
    {
        var help = await HelpAsync(command);
        var at = help.IndexOf("\nCommands:\n", StringComparison.Ordinal);
        IEnumerable<string> names = at < 0
            ? []
            : help[at..].Split('\n').Where(line => line.StartsWith("  ", StringComparison.Ordinal) && line[2] != ' ').Select(line => line.Trim().Split(' ')[0]);
        List<string> all = [command];
        foreach (var name in names)
        {
            all.AddRange(await NamedAsync($"{command} {name}"));
        }

        return all;
    }

    private static async Task<string> HelpAsync(string command)
    {
        var terminal = new TestTerminal();
        var code = await CommandLine.RunAsync([.. command.Split(' ').Skip(1), "--help"], terminal, new FakeClock());
        Assert.Equal(0, code);
        return AsInstalled(terminal);
    }

    // The root is named after the running program, which is the test's host here; columns do not depend on it. Spaces at the end of lines
    // are nobody's concern.
    private static string AsInstalled(TestTerminal terminal) =>
        string.Join('\n', $"{terminal.Out}".Split('\n').Select(line => line.TrimEnd())).TrimEnd('\n')
            .Replace($"  {RootCommand.ExecutableName} ", "  mcpsecure ", StringComparison.Ordinal) + "\n";
}
