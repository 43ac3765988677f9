using System.Text.Json;

namespace McpSecure.AppHost;

/// <summary>Holds all that a caller on this machine needs: who it is, whom to trust, where the services are.</summary>
internal sealed record CallerProfile(
    string TrustDomain, string TrustBundlePath, string CertificatePath, string KeyPath, IReadOnlyDictionary<string, string> Addresses);

/// <summary>Writes one profile for the command line and one for each application into the data folder.</summary>
internal static class CallerProfiles
{
    private static readonly JsonSerializerOptions Form = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public const string CommandLine = "cli";

    public static void Write(DataFolder folder, Settings settings, IWorkloadFiles files, IReadOnlyDictionary<string, string> addresses)
    {
        foreach (var caller in (IEnumerable<string>)[CommandLine, .. settings.Applications])
        {
            var own = files.Of(caller);
            var profile = new CallerProfile(settings.TrustDomain, own.TrustBundlePath, own.CertificatePath, own.KeyPath, addresses);
            OwnerOnly.Write(folder.File($"{caller}.json"), JsonSerializer.Serialize(profile, Form));
        }
    }
}
