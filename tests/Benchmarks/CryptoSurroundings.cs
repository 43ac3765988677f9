using System.Security.Cryptography;
using Grpc.Core;
using McpSecure.Audit.V1;
using McpSecure.Client;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;

namespace McpSecure.Benchmarks;

/// <summary>
/// Gives Crypto what it needs to be itself: a database, Redis, a root key, and an audit log that takes its events, so that it pays for its
/// audit trail as it would in use. Only its own process is measured.
/// </summary>
internal sealed class CryptoSurroundings
{
    private static Task<CryptoSurroundings>? shared;

    private CryptoSurroundings(params KeyValuePair<string, string?>[] settings) => Settings = settings;

    /// <summary>Gets the settings of a Crypto.</summary>
    public IReadOnlyList<KeyValuePair<string, string?>> Settings { get; }

    public static Task<CryptoSurroundings> SharedAsync(TestPki pki) => shared ??= StartAsync(pki);

    private static async Task<CryptoSurroundings> StartAsync(TestPki pki)
    {
        var rootKey = Path.Combine(pki.Folder, "root.key");
        await File.WriteAllTextAsync(rootKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(rootKey, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }

        var audit = await WorkloadHost.StartAsync(pki, new Workload(
            Peers.Audit,
            Assembly: null,
            builder => builder.AddServiceDefaults(
                CallerPolicy.For(AuditService.Descriptor).Allow("mcpsecure.audit.v1.AuditService/RecordEvents", Caller.Service(Peers.Crypto))),
            app => app.MapGrpcService<AuditSink>()));

        return new CryptoSurroundings(
            new("ConnectionStrings:cryptodb", await (await PostgresServer.SharedAsync()).CreateDatabaseAsync()),
            new("ConnectionStrings:redis", (await RedisServer.SharedAsync()).ConnectionString),
            new("RootKey:File", rootKey),
            new("Peers:auth", "https://localhost:1"),
            new("Peers:authorization", "https://localhost:1"),
            new("Peers:audit", audit.Address.GetLeftPart(UriPartial.Authority)));
    }

    /// <summary>Takes events and keeps none.</summary>
    private sealed class AuditSink : AuditService.AuditServiceBase
    {
        public override Task<RecordEventsResponse> RecordEvents(RecordEventsRequest request, ServerCallContext context) =>
            Task.FromResult(new RecordEventsResponse { Added = request.Events.Count });
    }
}
