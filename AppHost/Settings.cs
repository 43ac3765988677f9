using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;

namespace McpSecure.AppHost;

/// <summary>Says where Postgres and Redis come from.</summary>
internal enum ServerSource
{
    Auto,
    Containers,
    Local,
}

/// <summary>Says what becomes of the data of earlier runs.</summary>
internal enum DataChoice
{
    Keep,
    Fresh,
}

/// <summary>Holds the settings of section <c>McpSecure</c>; the README lists them.</summary>
internal sealed partial record Settings
{
    public static readonly IReadOnlyDictionary<string, int> DefaultPorts = new Dictionary<string, int>(StringComparer.Ordinal)
    {
        ["auth"] = 7401,
        ["apikey"] = 7402,
        ["authorization"] = 7403,
        ["crypto"] = 7404,
        ["audit"] = 7405,
    };

    public required DataChoice Data { get; init; }

    public required string DataFolder { get; init; }

    public required ServerSource Servers { get; init; }

    public required string TrustDomain { get; init; }

    public required IReadOnlyList<string> Applications { get; init; }

    /// <summary>Gets the gRPC port of each service; null is any free one.</summary>
    public required IReadOnlyDictionary<string, int?> Ports { get; init; }

    /// <exception cref="CannotStartException">Some settings are wrong; the message has a line for each.</exception>
    public static Settings Read(IConfiguration configuration)
    {
        var section = configuration.GetSection("McpSecure");
        var problems = new List<string>();
        var settings = new Settings
        {
            Data = Choice<DataChoice>(section, nameof(Data), problems),
            DataFolder = Path.GetFullPath(section[nameof(DataFolder)] is { Length: > 0 } folder ? folder : DefaultFolder()),
            Servers = Choice<ServerSource>(section, nameof(Servers), problems),
            TrustDomain = section[nameof(TrustDomain)] is { Length: > 0 } domain ? domain : "mcpsecure.local",
            Applications = (section[nameof(Applications)] ?? "").Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries),
            Ports = DefaultPorts.ToDictionary(port => port.Key, port => Port(section, port.Key, port.Value, problems), StringComparer.Ordinal),
        };

        if (!TrustDomainForm().IsMatch(settings.TrustDomain))
            problems.Add($"McpSecure:TrustDomain is '{settings.TrustDomain}': it takes lower-case letters, digits, '.', '-' and '_'.");
        problems.AddRange(settings.Applications
            .Where(name => !ApplicationForm().IsMatch(name) || name == CallerProfiles.CommandLine || DefaultPorts.ContainsKey(name))
            .Select(name => $"McpSecure:Applications names '{name}': a name takes lower-case letters, digits and '-', and none of our own services' names."));

        return problems is [] ? settings : throw new CannotStartException(string.Join(Environment.NewLine, problems));
    }

    // The Base Directory Specification of freedesktop.org, and its like elsewhere.
    private static string DefaultFolder() => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "mcpsecure");

    private static T Choice<T>(IConfiguration section, string name, List<string> problems)
        where T : struct, Enum
    {
        var text = section[name] ?? Enum.GetNames<T>()[0];
        if (Enum.TryParse<T>(text, ignoreCase: true, out var choice) && Enum.IsDefined(choice) && !int.TryParse(text, out _))
            return choice;

        problems.Add($"McpSecure:{name} is '{text}': it takes {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");
        return default;
    }

    private static int? Port(IConfiguration section, string service, int standard, List<string> problems)
    {
        var text = section[$"Ports:{service}"];
        if (string.IsNullOrEmpty(text))
            return standard;
        if (int.TryParse(text, out var port) && port is >= 0 and <= 65535)
            return port == 0 ? null : port;

        problems.Add($"McpSecure:Ports:{service} is '{text}': it takes 1 to 65535, or 0 for any free port.");
        return null;
    }

    // SPIFFE-ID §2.1.
    [GeneratedRegex("^[a-z0-9._-]{1,255}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex TrustDomainForm();

    [GeneratedRegex("^[a-z][a-z0-9-]{0,62}$", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ApplicationForm();
}
