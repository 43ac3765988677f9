using Google.Protobuf.WellKnownTypes;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Npgsql;

namespace McpSecure.Audit.Tests;

/// <summary>Holds what replicas of Audit share in a test: a database, certificates, and the doubles of the services that it calls.</summary>
public sealed class AuditPlatform : IAsyncLifetime
{
    private readonly List<ServiceHost> replicas = [];
    private readonly List<ServiceProvider> callers = [];
    private readonly PostgresDatabase database = new();

    public TestPki Pki { get; } = new();

    public TestActors Actors { get; } = new();

    public NpgsqlDataSource Database => database.DataSource;

    /// <summary>Gets the first replica, which every test finds ready.</summary>
    public ServiceHost Host => replicas[0];

    /// <summary>Gets somebody who may read the log.</summary>
    public TestActor Auditor { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await database.InitializeAsync();
        Auditor = Actors.SignIn("auditor", "audit-events:read");
        await StartReplicaAsync();
    }

    /// <summary>Makes an event that happens now.</summary>
    public static AuditEvent Event(string source = "auth", string action = "auth.user.created")
    {
        var now = TimeProvider.System.GetUtcNow();
        return new AuditEvent
        {
            EventId = Guid.CreateVersion7(now).ToString(),
            OccurredAt = now.ToTimestamp(),
            Source = source,
            Action = action,
            Outcome = Outcome.Success,
            Severity = Severity.Info,
        };
    }

    /// <summary>Starts a replica and waits until it is ready.</summary>
    public async Task<ServiceHost> StartReplicaAsync(string? connectionString = null)
    {
        var replica = await ServiceHost.StartAsync(
            typeof(Callers).Assembly,
            Pki,
            "audit",
            [
                ("ConnectionStrings:auditdb", connectionString ?? database.ConnectionString),
                ("CallerPolicy:Applications:0", "webshop"),
                ("Peers:auth", "https://localhost:1"),
                ("Peers:authorization", "https://localhost:1"),
            ],
            services =>
            {
                services.Replace(ServiceDescriptor.Singleton<ITokenValidator>(Actors));
                services.Replace(ServiceDescriptor.Singleton<IPermissionChecker>(Actors));
            });
        replicas.Add(replica);
        await replica.WaitUntilReadyAsync();
        return replica;
    }

    public AuditService.AuditServiceClient As(string caller, ServiceHost? replica = null)
    {
        var services = (replica ?? Host).As(caller);
        callers.Add(services);
        return services.GetRequiredService<AuditService.AuditServiceClient>();
    }

    /// <summary>Records events as their source.</summary>
    public async Task<RecordEventsResponse> RecordAsync(params AuditEvent[] events) =>
        await As(events[0].Source).RecordEventsAsync(new() { Events = { events } });

    /// <summary>Counts what a statement finds.</summary>
    public async Task<long> CountAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return Convert.ToInt64(await command.ExecuteScalarAsync());
    }

    /// <summary>Runs a statement as this service could.</summary>
    public async Task<int> ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return await command.ExecuteNonQueryAsync();
    }

    /// <summary>Changes the database as somebody would who owns it, past every trigger.</summary>
    public async Task TamperAsync(string sql)
    {
        await using var connection = await Database.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var disable = new NpgsqlCommand("SET LOCAL session_replication_role = replica", connection, transaction))
        {
            await disable.ExecuteNonQueryAsync();
        }

        await using var command = new NpgsqlCommand(sql, connection, transaction);
        Assert.NotEqual(0, await command.ExecuteNonQueryAsync());
        await transaction.CommitAsync();
    }

    public async Task DisposeAsync()
    {
        foreach (var caller in callers)
        {
            await caller.DisposeAsync();
        }

        foreach (var replica in replicas)
        {
            await replica.DisposeAsync();
        }

        await database.DisposeAsync();
        Pki.Dispose();
    }
}
