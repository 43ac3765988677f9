using System.Security.Cryptography;
using System.Text;

namespace McpSecure.AppHost;

/// <summary>Says where Postgres and Redis come from in this run.</summary>
internal abstract record Servers
{
    private Servers()
    {
    }

    /// <summary>Chooses containers where an engine answers, else the installed servers; the setting forces either.</summary>
    public static async Task<Servers> ChooseAsync(Settings settings, DataFolder folder, PostgresFiles postgres)
    {
        var engine = settings.Servers == ServerSource.Local ? null : await ContainerEngine.FindAsync();
        if (engine is not null)
            return await InContainersAsync(engine, folder, settings.Data);
        if (settings.Servers == ServerSource.Containers)
            throw new CannotStartException("No container engine answers: start Docker or Podman, or set McpSecure__Servers=local to use installed servers.");

        var redis = Command.OnPath("redis-server") ?? throw Preflight.Missing("Redis");
        var (programs, data) = await postgres.PrepareAsync();
        return new Local(programs, data, redis);
    }

    private static async Task<Servers> InContainersAsync(string engine, DataFolder folder, DataChoice data)
    {
        var digest = SHA256.HashData(Encoding.UTF8.GetBytes(folder.Path));
        var volume = $"mcpsecure-{Convert.ToHexStringLower(digest.AsSpan(0, 6))}-postgres";
        if (data == DataChoice.Fresh)
            await Command.RunAsync("delete the data of earlier runs", engine, "volume", "rm", "--force", volume);
        return new Containers(volume);
    }

    /// <param name="Volume">Where the container of Postgres keeps its data: one for each data folder.</param>
    public sealed record Containers(string Volume) : Servers;

    public sealed record Local(PostgresPrograms Postgres, string PostgresData, string Redis) : Servers;
}
