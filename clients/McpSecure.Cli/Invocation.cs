using System.CommandLine;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Cli.Profiles;

namespace McpSecure.Cli;

/// <summary>Holds what one run of a command works with. The profile and the session are read when first needed.</summary>
internal sealed class Invocation(ParseResult arguments, GlobalOptions options, Terminal terminal, TimeProvider clock) : IAsyncDisposable
{
    private readonly List<Services> opened = [];

    /// <summary>Gets the parsed command line.</summary>
    public ParseResult Arguments => arguments;

    /// <summary>Gets the terminal or the pipes.</summary>
    public Terminal Terminal => terminal;

    /// <summary>Gets standard input.</summary>
    public StandardInput Input { get; } = new(terminal);

    /// <summary>Takes the answer.</summary>
    public Answer Answer { get; } = new(terminal, arguments.GetValue(options.Json));

    /// <summary>Gets the clock.</summary>
    public TimeProvider Clock => clock;

    /// <summary>Gets where the session is kept.</summary>
    public SessionFile Sessions => SessionFile.Locate(arguments.GetValue(options.Session), ProfilePath);

    private string ProfilePath => Profile.Locate(arguments.GetValue(options.Profile));

    /// <summary>Connects without a user.</summary>
    public Services ConnectAsWorkload() => Open(token: null);

    /// <summary>Connects for the user who is signed in.</summary>
    /// <exception cref="CommandFailure">Nobody is.</exception>
    public Services ConnectAsUser(out Session session)
    {
        var profile = Profile.Read(ProfilePath);
        session = Sessions.Read();
        return Open(profile, session.Token);
    }

    /// <inheritdoc cref="ConnectAsUser(out Session)"/>
    public Services ConnectAsUser() => ConnectAsUser(out _);

    public async ValueTask DisposeAsync()
    {
        foreach (var services in opened)
        {
            await services.DisposeAsync();
        }
    }

    private Services Open(Secret? token) => Open(Profile.Read(ProfilePath), token);

    private Services Open(Profile profile, Secret? token)
    {
        var services = new Services(profile, token, TimeSpan.FromSeconds(arguments.GetValue(options.Timeout)));
        opened.Add(services);
        return services;
    }
}
