using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Aspire.Hosting.Dcp;

/// <summary>Finds DCP and the dashboard where Aspire looks for them: in two variables, then in the metadata of the AppHost's assembly.</summary>
internal static class DcpTools
{
    public static string Dcp(IConfiguration configuration) =>
        Existing(configuration["ASPIRE_DCP_PATH"] is { Length: > 0 } folder ? Path.Combine(folder, "dcp") : Metadata("dcpclipath"));

    public static string Dashboard(IConfiguration configuration) =>
        Existing(configuration["ASPIRE_DASHBOARD_PATH"] is { Length: > 0 } file ? file : Metadata("aspiredashboardpath"));

    private static string? Metadata(string key) =>
        Assembly.GetEntryAssembly()?.GetCustomAttributes<AssemblyMetadataAttribute>()
            .FirstOrDefault(attribute => string.Equals(attribute.Key, key, StringComparison.OrdinalIgnoreCase))?.Value;

    private static string Existing(string? file) =>
        File.Exists(file)
            ? file
            : throw new DistributedApplicationException($"'{file}' is missing: fill the feed with 'dotnet run eng/restricted/RestrictedFeed.cs'.");
}
