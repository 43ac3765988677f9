using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace McpSecure.AppHost;

/// <summary>Puts the installed Postgres and Redis into the model as programs that live and die with the AppHost.</summary>
internal static class LocalServers
{
    private const string Tcp = "tcp";

    // SIGTERM asks Postgres to wait until every client has left, which may be never; SIGINT asks it to stop now, in good order.
    private const string StopsAtOnce =
        """
        server=
        trap 'test -z "$server" || kill -INT "$server"' TERM INT
        "$@" & server=$!
        while kill -0 "$server" 2>/dev/null; do wait "$server"; code=$?; done
        exit "$code"
        """;

    public static IResourceBuilder<ExecutableResource> AddPostgres(IDistributedApplicationBuilder builder, PostgresPrograms programs, string data)
    {
        IReadOnlyList<string> command =
        [
            .. PostgresAccount.Prefix, programs.Server, "-D", data,
            // Only over TCP and only from this machine: a socket file would bind the folder's path to 107 characters.
            "-c", "listen_addresses=localhost", "-c", "unix_socket_directories=",
        ];
        var postgres = builder.AddExecutable("postgres", "/bin/sh", data, ["-c", StopsAtOnce, "sh", .. command]).WithEndpoint(name: Tcp, scheme: Tcp);
        return postgres.WithArgs(context =>
        {
            context.Args.Add("-p");
            context.Args.Add(postgres.GetEndpoint(Tcp).Property(EndpointProperty.TargetPort));
        });
    }

    public static IResourceBuilder<ExecutableResource> AddRedis(IDistributedApplicationBuilder builder, string program, string folder, string password)
    {
        // By file: an argument shows in the list of processes. Nothing is saved: all that Redis holds here may be lost.
        OwnerOnly.CreateFolder(folder);
        var file = Path.Combine(folder, "redis.conf");
        OwnerOnly.Write(
            file,
            $"""
            bind 127.0.0.1 -::1
            requirepass {password}
            save ""
            appendonly no
            dir "{folder}"

            """);

        var redis = builder.AddExecutable("redis-server", program, folder, file).WithEndpoint(name: Tcp, scheme: Tcp);
        return redis.WithArgs(context =>
        {
            context.Args.Add("--port");
            context.Args.Add(redis.GetEndpoint(Tcp).Property(EndpointProperty.TargetPort));
        });
    }

    /// <summary>Finds the resource healthy when <paramref name="check"/> throws nothing.</summary>
    public static IResourceBuilder<ExecutableResource> HealthyWhen(this IResourceBuilder<ExecutableResource> server, Func<CancellationToken, Task> check)
    {
        var key = $"{server.Resource.Name}_check";
        server.ApplicationBuilder.Services.AddHealthChecks().AddAsyncCheck(key, async cancellationToken =>
        {
            try
            {
                await check(cancellationToken);
                return HealthCheckResult.Healthy();
            }
            catch (Exception problem) when (problem is NpgsqlException or SocketException or IOException)
            {
                return HealthCheckResult.Unhealthy(problem.Message);
            }
        });
        return server.WithHealthCheck(key);
    }

    public static async Task AskPostgresAsync(ReferenceExpression connection, CancellationToken cancellationToken)
    {
        var postgres = new NpgsqlConnection(await connection.GetValueAsync(cancellationToken));
        await using (postgres)
            await postgres.OpenAsync(cancellationToken);
    }

    public static async Task AskRedisAsync(EndpointReference endpoint, string password, CancellationToken cancellationToken)
    {
        var port = await endpoint.Property(EndpointProperty.Port).GetValueAsync(cancellationToken);
        using var client = new TcpClient();
        await client.ConnectAsync("localhost", int.Parse(port!, System.Globalization.CultureInfo.InvariantCulture), cancellationToken);

        // Redis takes commands as plain lines, too.
        var stream = client.GetStream();
        await using (stream)
        {
            await stream.WriteAsync(System.Text.Encoding.ASCII.GetBytes($"AUTH {password}\r\nPING\r\n"), cancellationToken);
            using var answers = new StreamReader(stream);
            if (await answers.ReadLineAsync(cancellationToken) is not "+OK" || await answers.ReadLineAsync(cancellationToken) is not "+PONG")
                throw new IOException("Redis did not answer as it should.");
        }
    }
}
