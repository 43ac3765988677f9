using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace McpSecure.Authorization.Tests;

/// <summary>Runs two replicas of Authorization over real mTLS on one real Postgres and Redis. Auth and Audit are doubles.</summary>
public sealed class AuthorizationPlatform : IAsyncLifetime
{
    private static readonly Guid AdministratorId = new("0190b5a1-0000-7000-8000-00000000000a");

    private readonly List<IAsyncDisposable> hosts = [];
    private readonly List<IDisposable> clients = [];
    private int users;
    private int organizations;

    public AuthDouble Auth { get; } = new();

    public AuditLogDouble AuditLog { get; } = new();

    public RedisServer Redis { get; private set; } = null!;

    public string Database { get; private set; } = "";

    public WorkloadHost First { get; private set; } = null!;

    public WorkloadHost Second { get; private set; } = null!;

    /// <summary>Gets the metadata of calls that the administrator makes with both factors.</summary>
    public Metadata Administrator => Auth.SignIn(AdministratorId);

    /// <summary>Gets who the administrator is.</summary>
    internal static Common.V1.Principal AdministratorPrincipal => Of(AdministratorId);

    private TestPki Pki { get; } = new();

    private Uri AuthAddress { get; set; } = null!;

    public async Task InitializeAsync()
    {
        Redis = await RedisServer.StartNewAsync();
        Database = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        AuthAddress = Keep(await WorkloadHost.StartAsync(Pki, Auth.Workload)).Address;
        First = await StartReplicaAsync();
        Second = await StartReplicaAsync();
        await As("auth").Roles.GrantFirstAdministratorAsync(new() { UserId = AdministratorId.ToString() });
    }

    public async Task DisposeAsync()
    {
        clients.ForEach(client => client.Dispose());
        foreach (var host in Enumerable.Reverse(hosts))
        {
            await host.DisposeAsync();
        }

        await Redis.DisposeAsync();
        Pki.Dispose();
    }

    /// <summary>Gives the clients of a workload.</summary>
    internal Clients As(string workload, WorkloadHost? replica = null)
    {
        var provider = Pki.Clients(workload, (Peers.Authorization, (replica ?? First).Address));
        clients.Add(provider);
        return new(provider);
    }

    /// <summary>Makes a user up who holds these roles.</summary>
    internal async Task<Guid> UserAsync(params string[] roles)
    {
        var user = new Guid(Interlocked.Increment(ref users), 2, 0x7000, [0x80, 0, 0, 0, 0, 0, 0, 0]);
        foreach (var role in roles)
        {
            await As("cli").Roles.AssignRoleAsync(new() { Principal = Of(user), Role = role }, Administrator);
        }

        return user;
    }

    /// <summary>Makes an organization up, with one administrator.</summary>
    internal async Task<(Guid Id, Guid Administrator)> OrganizationAsync()
    {
        var administrator = await UserAsync();
        var made = await As("cli").Organizations.CreateOrganizationAsync(
            new() { Name = $"acme-{Interlocked.Increment(ref organizations)}", DisplayName = "Acme", Administrator = Of(administrator) }, Administrator);
        return (Guid.Parse(made.Organization.OrganizationId), administrator);
    }

    /// <summary>Makes a user up who is a member of an organization and holds these roles in it.</summary>
    internal async Task<Guid> MemberAsync(Guid organization, params string[] roles)
    {
        var user = await UserAsync();
        await As("cli").Organizations.AddMemberAsync(new() { OrganizationId = organization.ToString(), Principal = Of(user) }, Administrator);
        foreach (var role in roles)
        {
            await As("cli").Roles.AssignRoleAsync(new() { OrganizationId = organization.ToString(), Principal = Of(user), Role = role }, Administrator);
        }

        return user;
    }

    /// <summary>Asks whether a user may do something in an organization, or on the platform.</summary>
    internal async Task<bool> MayAsync(Guid user, string resource, string action, Guid? organization = null)
    {
        var question = Question(user, resource, action);
        question.OrganizationId = organization?.ToString() ?? "";
        return (await As("webshop").Decisions.CheckPermissionAsync(new() { Question = question })).Allowed;
    }

    /// <summary>Tells everything that is stored, so that a test can say that nothing changed.</summary>
    internal async Task<string> StateAsync() =>
        (string)(await ExecuteAsync(
            """
            SELECT concat_ws(E'\n', (SELECT value::text FROM revision),
                (SELECT string_agg(t::text, E'\n' ORDER BY t::text) FROM organizations t), (SELECT string_agg(t::text, E'\n' ORDER BY t::text) FROM members t),
                (SELECT string_agg(t::text, E'\n' ORDER BY t::text) FROM roles t), (SELECT string_agg(t::text, E'\n' ORDER BY t::text) FROM role_permissions t),
                (SELECT string_agg(t::text, E'\n' ORDER BY t::text) FROM role_inclusions t), (SELECT string_agg(t::text, E'\n' ORDER BY t::text) FROM role_assignments t),
                (SELECT string_agg(t::text, E'\n' ORDER BY t::text) FROM grants t), (SELECT string_agg(t::text, E'\n' ORDER BY t::text) FROM resources t))
            """))!;

    internal static Common.V1.Principal Of(Guid user) => new() { Type = PrincipalType.User, Id = user.ToString() };

    internal static PermissionQuestion Question(Guid user, string resource, string action, params string[] scopes) =>
        new() { Principal = Of(user), Resource = resource, Action = action, Scopes = { scopes } };

    /// <summary>Makes a call that must be refused and returns what it was refused with.</summary>
    internal static async Task<McpSecureError> RefusedAsync<T>(AsyncUnaryCall<T> call) =>
        McpSecureError.From(await Assert.ThrowsAsync<RpcException>(async () => await call));

    /// <summary>Runs a statement behind the service's back.</summary>
    internal async Task<object?> ExecuteAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(Database);
        await using var command = database.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    internal Task<WorkloadHost> StartReplicaAsync(string? database = null, RedisServer? redis = null) =>
        KeepAsync(WorkloadHost.StartAsync(
            Pki,
            new Workload("authorization", "McpSecure.Authorization", Add, Map),
            ("Peers:auth", AuthAddress.ToString()),
            ("ConnectionStrings:authorizationdb", database ?? Database),
            ("ConnectionStrings:redis", (redis ?? Redis).ConnectionString)));

    // As Program.cs does.
    private void Add(WebApplicationBuilder builder)
    {
        builder.Services.AddSingleton<IAuditSink>(AuditLog);
        builder.AddServiceDefaults(Callers.Policy);
        builder.AddDatabase("authorizationdb");
        builder.AddRedisChannel();
        builder.AddAuditTrail();
        builder.AddDecisions();
        builder.AddChanges();
        builder.AddActorGate();
    }

    private static void Map(WebApplication app)
    {
        app.MapGrpcService<AuthorizationGrpcService>();
        app.MapGrpcService<OrganizationGrpcService>();
        app.MapGrpcService<RoleGrpcService>();
        app.MapGrpcService<GrantGrpcService>();
        app.MapGrpcService<ResourceGrpcService>();
    }

    private async Task<WorkloadHost> KeepAsync(Task<WorkloadHost> starting) => Keep(await starting);

    private WorkloadHost Keep(WorkloadHost host)
    {
        hosts.Add(host);
        return host;
    }

    /// <summary>Holds the typed clients of one workload.</summary>
    internal sealed class Clients(IServiceProvider services)
    {
        public AuthorizationService.AuthorizationServiceClient Decisions { get; } =
            services.GetRequiredService<AuthorizationService.AuthorizationServiceClient>();

        public OrganizationService.OrganizationServiceClient Organizations { get; } =
            services.GetRequiredService<OrganizationService.OrganizationServiceClient>();

        public RoleService.RoleServiceClient Roles { get; } = services.GetRequiredService<RoleService.RoleServiceClient>();

        public GrantService.GrantServiceClient Grants { get; } = services.GetRequiredService<GrantService.GrantServiceClient>();

        public ResourceService.ResourceServiceClient Resources { get; } = services.GetRequiredService<ResourceService.ResourceServiceClient>();
    }
}
