using Microsoft.Extensions.Configuration;

namespace McpSecure.AppHost;

/// <summary>Is what a run stands on: the data folder, its secrets and certificates, and where Postgres and Redis come from.</summary>
internal sealed record Ground(
    DataFolder Folder, DevelopmentSecrets Secrets, DevelopmentCertificates Certificates, IReadOnlyList<string> Workloads, Servers Servers)
{
    /// <exception cref="CannotStartException">Something is in the way; the message says what to do.</exception>
    public static async Task<Ground> PrepareAsync(Settings settings, IConfiguration configuration)
    {
        try
        {
            var folder = DataFolder.Open(settings);
            var secrets = new DevelopmentSecrets(folder.Secrets);
            var postgres = new PostgresFiles(folder.PostgresPlace, secrets);

            await postgres.WaitForPredecessorAsync();
            Preflight.CheckPorts(settings, configuration);
            if (settings.Data == DataChoice.Fresh)
                folder.Empty();
            if (secrets.Has(PostgresFiles.PasswordName) && !secrets.Has(LocalFiles.RootKeyName))
            {
                // A new one would open nothing of what is there, and Crypto would wait for the right one for ever.
                throw new CannotStartException(
                    $"{secrets.PathOf(LocalFiles.RootKeyName)} is gone, and nothing that was encrypted opens without it: "
                    + "restore it from a copy, or set McpSecure__Data=fresh to start anew without its data.");
            }

            secrets.KeyFile(LocalFiles.RootKeyName);
            var servers = await Servers.ChooseAsync(settings, folder, postgres);
            var certificates = new DevelopmentCertificates(folder.Certificates, settings.TrustDomain, TimeProvider.System);
            IReadOnlyList<string> workloads = [.. Settings.DefaultPorts.Keys, CallerProfiles.CommandLine, .. settings.Applications];
            if (settings.Data == DataChoice.Fresh)
                certificates.ForgetCrypto();
            certificates.Ensure(workloads);
            return new(folder, secrets, certificates, workloads, servers);
        }
        catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
        {
            throw new CannotStartException(
                $"{problem.Message.TrimEnd('.')}: make room or give rights there, or set McpSecure__DataFolder to another folder.");
        }
    }
}
