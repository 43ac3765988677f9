using System.CommandLine;

namespace McpSecure.Cli;

/// <summary>Writes a command as it is typed.</summary>
internal static class CommandPath
{
    /// <summary>Answers for example <c>mcpsecure users create</c>.</summary>
    public static string Of(Command command) =>
        command is RootCommand
            ? "mcpsecure"
            : $"{(command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Of(parent) : "mcpsecure")} {command.Name}";
}
