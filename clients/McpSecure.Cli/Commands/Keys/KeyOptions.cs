using System.CommandLine;
using System.CommandLine.Parsing;
using McpSecure.ApiKey.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Holds the options that narrow an API key and tell about it, for the commands that make and change one.</summary>
internal sealed class KeyOptions
{
    /// <summary>Gets <c>--permission</c>.</summary>
    public Option<ResourceAction[]> Permissions { get; } = new("--permission")
    {
        HelpName = "RESOURCE:ACTION",
        Description = "What it is narrowed to besides its scopes, as patterns: 'servers/*:read'. Once for each.",
        CustomParser = ResourceAction.ParseAll,
    };

    /// <summary>Gets <c>--network</c>.</summary>
    public Option<string[]> Networks { get; } = new("--network")
    {
        HelpName = "CIDR",
        Description = "Where it may be used from: 192.0.2.0/24, 2001:db8::/32. Once for each.",
    };

    /// <summary>Gets <c>--rate</c>.</summary>
    public Option<KeyRate?> Rate { get; } = new("--rate")
    {
        HelpName = "COUNT/TIME",
        Description = "How often it may be used: 100/1m, 5000/24h.",
        CustomParser = KeyRate.Parse,
    };

    /// <summary>Gets <c>--burst</c>.</summary>
    public Option<int?> Burst { get; } = Numbers.Optional("--burst", "COUNT", "With --rate: how often at once after a rest. Default: its count.", least: 1);

    /// <summary>Gets <c>--metadata</c>.</summary>
    public Option<KeyValuePair<string, string>[]> Metadata { get; } = new("--metadata")
    {
        HelpName = "NAME=VALUE",
        Description = "A fact about it that is no secret. Once for each.",
        CustomParser = ParseFacts,
    };

    /// <summary>Makes <c>--scope</c>.</summary>
    public static Option<string[]> Scopes(bool required) => new("--scope")
    {
        HelpName = "SCOPE",
        Description = "What to narrow it to, for example mcp:read. Once for each scope.",
        Required = required,
    };

    /// <summary>Makes the argument that names a key.</summary>
    public static Argument<string> Id() => new("id") { Description = "The key's id; `mcpsecure keys list` shows it." };

    public void AddTo(Command command)
    {
        foreach (var option in new Option[] { Permissions, Networks, Rate, Burst, Metadata })
        {
            command.Add(option);
        }

        command.Validators.Add(result =>
        {
            if (result.GetResult(Burst) is not null && result.GetResult(Rate) is null)
            {
                result.AddError("--burst needs --rate.");
            }
        });
    }

    /// <summary>Reads <c>--permission</c>.</summary>
    public IEnumerable<ApiKeyPermission> ReadPermissions(ParseResult arguments) => (arguments.GetValue(Permissions) ?? []).Select(ToMessage);

    /// <summary>Reads <c>--network</c>.</summary>
    public IEnumerable<string> ReadNetworks(ParseResult arguments) => arguments.GetValue(Networks) ?? [];

    /// <summary>Reads <c>--rate</c> and <c>--burst</c>; null where none is given.</summary>
    public ApiKeyRateLimit? ReadRate(ParseResult arguments) => arguments.GetValue(Rate)?.ToMessage(arguments.GetValue(Burst));

    /// <summary>Reads <c>--metadata</c>; of a name that is given twice the last counts.</summary>
    public Dictionary<string, string> ReadMetadata(ParseResult arguments)
    {
        var facts = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in arguments.GetValue(Metadata) ?? [])
        {
            facts[name] = value;
        }

        return facts;
    }

    /// <summary>Finds an owner's id by the name or the id that a person typed; empty where he typed none, which means who is signed in.</summary>
    public static async Task<string> FindOwnerAsync(Services services, string? typed, CancellationToken cancellationToken) =>
        typed is null ? "" : (await Principals.FindUserAsync(services, typed, cancellationToken)).Id;

    /// <summary>Makes what goes to the service.</summary>
    public static ApiKeyPermission ToMessage(ResourceAction permission) => new() { ResourcePattern = permission.Resource, ActionPattern = permission.Action };

    private static KeyValuePair<string, string>[] ParseFacts(ArgumentResult result)
    {
        var facts = new List<KeyValuePair<string, string>>();
        foreach (var text in result.Tokens.Select(token => token.Value))
        {
            var equals = text.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0)
            {
                facts.Add(new(text[..equals], text[(equals + 1)..]));
            }
            else
            {
                result.AddError($"'{text}' is not NAME=VALUE.");
            }
        }

        return [.. facts];
    }
}
