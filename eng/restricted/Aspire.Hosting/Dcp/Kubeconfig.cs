using System.Security.Cryptography.X509Certificates;

namespace Aspire.Hosting.Dcp;

/// <summary>Holds how to reach a DCP, read from the kubeconfig that it writes when it is up.</summary>
internal sealed record Kubeconfig(Uri Server, string Token, X509Certificate2 Authority)
{
    /// <summary>Returns null while the file is missing or only half there.</summary>
    public static Kubeconfig? Read(string file)
    {
        if (!File.Exists(file))
            return null;

        // YAML as DCP writes it: one value a line.
        var values = File.ReadLines(file)
            .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
            .Where(parts => parts is [_, { Length: > 0 }])
            .DistinctBy(parts => parts[0], StringComparer.Ordinal)
            .ToDictionary(parts => parts[0], parts => parts[1], StringComparer.Ordinal);

        return values.TryGetValue("server", out var server)
            && values.TryGetValue("token", out var token)
            && values.TryGetValue("certificate-authority-data", out var authority)
            ? new(new(server), token, X509Certificate2.CreateFromPem(System.Text.Encoding.ASCII.GetString(Convert.FromBase64String(authority))))
            : null;
    }
}
