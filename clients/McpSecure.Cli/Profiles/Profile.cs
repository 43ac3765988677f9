using System.Text.Json;
using McpSecure.Client;

namespace McpSecure.Cli.Profiles;

/// <summary>Tells the command who it is and where the services are. What starts the platform writes it.</summary>
internal sealed record Profile(
    string TrustDomain,
    string TrustBundlePath,
    string CertificatePath,
    string KeyPath,
    IReadOnlyDictionary<string, Uri> Addresses)
{
    /// <summary>Names another profile than the default one.</summary>
    public const string EnvironmentVariable = "MCPSECURE_PROFILE";

    private static readonly string[] PeerNames = [Peers.Auth, Peers.ApiKey, Peers.Authorization, Peers.Crypto, Peers.Audit];

    /// <summary>Says how to come by a profile.</summary>
    public const string StartHint = "Start the platform with ./eng/run.sh, which writes one, or name yours with --profile or " + EnvironmentVariable + ".";

    /// <summary>Gets where the AppHost leaves the profile: <c>mcpsecure/cli.json</c> in the user's folder for application data.</summary>
    public static string DefaultPath => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "mcpsecure",
        "cli.json");

    /// <summary>Chooses the profile: the option, else the environment, else the default.</summary>
    public static string Locate(string? option) =>
        option ?? (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } named ? named : DefaultPath);

    /// <summary>Reads a profile; paths in it are relative to its folder.</summary>
    /// <exception cref="CommandFailure">There is none, or something in it is wrong; the message names everything that is.</exception>
    public static Profile Read(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            var document = JsonSerializer.Deserialize<Document>(file, JsonSerializerOptions.Web) ?? new Document();

            return document.ToProfile(Path.GetDirectoryName(Path.GetFullPath(path))!, out var errors) is { } profile
                ? profile
                : throw Invalid(path, string.Join(" ", errors));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new CommandFailure(ExitCode.InvalidInput, "PROFILE_MISSING", $"There is no profile at {path}.", StartHint, e);
        }
        catch (JsonException e)
        {
            throw Invalid(path, e.Message);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.File($"{path} cannot be read", e);
        }
    }

    private static CommandFailure Invalid(string path, string why) =>
        new(ExitCode.InvalidInput, "PROFILE_INVALID", $"The profile {path} cannot be used: {why}", StartHint);

    private sealed record Document
    {
        public string? TrustDomain { get; init; }

        public string? TrustBundlePath { get; init; }

        public string? CertificatePath { get; init; }

        public string? KeyPath { get; init; }

        public Dictionary<string, string>? Addresses { get; init; }

        public Profile? ToProfile(string folder, out List<string> errors)
        {
            var found = new List<string>();
            var profile = new Profile(
                Required(TrustDomain, "trustDomain"),
                Path.Combine(folder, Required(TrustBundlePath, "trustBundlePath")),
                Path.Combine(folder, Required(CertificatePath, "certificatePath")),
                Path.Combine(folder, Required(KeyPath, "keyPath")),
                PeerNames.ToDictionary(name => name, Address, StringComparer.Ordinal));

            errors = found;
            return found.Count == 0 ? profile : null;

            string Required(string? value, string name)
            {
                if (string.IsNullOrWhiteSpace(value))
                {
                    found.Add($"{name} is not set.");
                }

                return value ?? "";
            }

            Uri Address(string service)
            {
                if (Addresses?.GetValueOrDefault(service) is { } text
                    && Uri.TryCreate(text, UriKind.Absolute, out var address) && address.Scheme == Uri.UriSchemeHttps)
                {
                    return address;
                }

                found.Add($"addresses.{service} is not an https address.");
                return new Uri("https://unset.invalid");
            }
        }
    }
}
