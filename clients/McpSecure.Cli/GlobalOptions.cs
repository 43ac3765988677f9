using System.CommandLine;
using McpSecure.Cli.Input;
using McpSecure.Cli.Profiles;

namespace McpSecure.Cli;

/// <summary>Holds the options that every command takes.</summary>
internal sealed class GlobalOptions
{
    public Option<bool> Json { get; } = new("--json")
    {
        Description = "Write one JSON document for programs; errors too, on standard error.",
    };

    public Option<string?> Profile { get; } = FileOption.Create(
        "--profile", $"Who to be and where the services are. Default: {Profiles.Profile.EnvironmentVariable}, else the AppHost's.");

    public Option<string?> Session { get; } = FileOption.Create(
        "--session", $"Where to keep the session. Default: {SessionFile.EnvironmentVariable}, else beside the profile.");

    public Option<long> Timeout { get; } = Numbers.Option("--timeout", "SECONDS", "The longest a call may take, 1 to 600.", otherwise: 30, least: 1, most: 600);

    public Option<bool> Trace { get; } = new("--trace")
    {
        Description = "Tell the trace id of the command on standard error.",
    };

    /// <summary>Adds them to the root, for all that is under it.</summary>
    public void AddTo(RootCommand root)
    {
        foreach (var option in new Option[] { Json, Profile, Session, Timeout, Trace })
        {
            option.Recursive = true;
            root.Add(option);
        }
    }
}
