using System.Text.Json;
using McpSecure.Testing;

namespace McpSecure.SystemTests;

/// <summary>Writes what the AppHost leaves for the command line: a profile that says who it is and where the services are.</summary>
internal static class CommandLineProfile
{
    /// <summary>Gets the program of the command line.</summary>
    public static string Program { get; } = Path.ChangeExtension(RepositoryFiles.Program("clients/McpSecure.Cli", "mcpsecure"), extension: null);

    /// <summary>Writes a profile into a folder and answers its path.</summary>
    public static string Write(Platform platform, string folder)
    {
        var (profile, certificate) = (Path.Combine(folder, "cli.json"), platform.Files("cli"));
        File.WriteAllText(profile, JsonSerializer.Serialize(new
        {
            trustDomain = TestPki.TrustDomain,
            trustBundlePath = certificate.TrustBundle,
            certificatePath = certificate.Certificate,
            keyPath = certificate.Key,
            addresses = platform.Services.ToDictionary(service => service.Name, service => service.Address, StringComparer.Ordinal),
        }));

        return profile;
    }
}
