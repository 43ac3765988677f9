namespace McpSecure.AppHost;

/// <summary>Finds a container engine that answers: a client without its daemon is none.</summary>
internal static class ContainerEngine
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    /// <summary>Returns "docker", "podman" or null.</summary>
    public static async Task<string?> FindAsync()
    {
        foreach (var client in (string[])["docker", "podman"])
        {
            // What DCP itself asks when it looks for an engine.
            if (await Command.SucceedsAsync(client, Limit, "container", "ls", "-n", "1"))
                return client;
        }

        return null;
    }
}
