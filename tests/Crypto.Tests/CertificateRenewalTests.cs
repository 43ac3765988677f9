using System.Collections.Concurrent;
using System.Runtime.Versioning;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Client;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class CertificateRenewalTests : IAsyncLifetime
{
    private readonly CryptoPlatform platform = new();
    private readonly List<ServiceProvider> callers = [];
    private TestActor administrator = null!;
    private ServiceHost crypto = null!;
    private CertificatePaths own = null!;

    private CertificateService.CertificateServiceClient Cli => platform.Certificates("cli", crypto);

    public async Task InitializeAsync()
    {
        await platform.InitializeAsync();
        administrator = platform.Actors.SignIn("root", "certificate*:*");
        own = platform.Pki.Workload("crypto");
        crypto = await StartAsync(own);
    }

    public async Task DisposeAsync()
    {
        foreach (var caller in callers)
        {
            await caller.DisposeAsync();
        }

        await platform.DisposeAsync();
    }

    // The whole of it: everybody renews, the authority is rotated twice, the old ones go, and no call fails.
    [Fact]
    public async Task Rotation_UnderLoad_FailsNoCall()
    {
        var workloads = new[] { "auth", "apikey", "audit", "webshop" };
        var clients = new List<(string Name, CertificateFiles Files)>();
        var failed = new ConcurrentQueue<Exception>();
        var calls = 0;
        var log = new LogCapture();
        using var end = new CancellationTokenSource();
        var load = new List<Task>();
        foreach (var workload in workloads)
        {
            var services = await RenewingAsync(platform.Pki.Workload(workload), log);
            clients.Add((workload, services.GetRequiredService<CertificateFiles>()));
            load.AddRange(Enumerable.Range(0, 2).Select(_ => Task.Run(async () =>
            {
                while (!end.IsCancellationRequested)
                {
                    try
                    {
                        await services.GetRequiredService<CertificateService.CertificateServiceClient>().GetTrustBundleAsync(new());
                        Interlocked.Increment(ref calls);
                    }
                    catch (Exception e)
                    {
                        failed.Enqueue(e);
                    }
                }
            })));
        }

        var cli = (await RenewingAsync(platform.Pki.Workload("cli"), log)).GetRequiredService<CertificateService.CertificateServiceClient>();
        clients.Add(("crypto", crypto.Services.GetRequiredService<CertificateFiles>()));
        for (var round = 0; round < 2; round++)
        {
            var next = (await cli.RotateAuthorityAsync(new(), administrator.Metadata)).Authority;
            using var issuer = X509CertificateLoader.LoadCertificate(next.Certificate.Span);
            await UntilAsync(() => clients.TrueForAll(client => client.Files.Current.Leaf.IssuerName.RawData.AsSpan().SequenceEqual(issuer.SubjectName.RawData)));

            // What was connected under the old one has to be through: an administrator waits for the lifetime of connections.
            await Task.Delay(TimeSpan.FromSeconds(2));
            foreach (var old in (await cli.GetTrustBundleAsync(new())).Authorities.Where(one => one.State == V1.AuthorityState.Retired && !one.Imported))
            {
                await cli.RemoveAuthorityAsync(new() { AuthorityId = old.AuthorityId, DespiteLiveCertificates = true }, administrator.Metadata);
            }
        }

        await UntilAsync(() => clients.TrueForAll(client => client.Files.Current.Trust.Roots.Count == 2)); // the one of the platform's start, and the newest
        await end.CancelAsync();
        await Task.WhenAll(load);
        Assert.True(failed.IsEmpty, $"{failed.Count} of {calls}: {failed.FirstOrDefault()?.Message} {string.Join('\n', log.Lines.Where(line => line.Contains(" refused", StringComparison.Ordinal) || line.Contains("McpSecure.Client", StringComparison.Ordinal)))}");
        Assert.True(calls > 500, $"only {calls} calls were made");
    }

    [Fact]
    public async Task Renewal_WhenDue_MakesANewKeyThatNobodyElseReads()
    {
        var paths = platform.Pki.Workload("webshop", TestLeaf.Of("webshop") with { Begins = TimeSpan.FromHours(-3), Ends = TimeSpan.FromHours(1) });
        var keyBefore = await File.ReadAllTextAsync(paths.Key);
        var services = await RenewingAsync(paths);
        var files = services.GetRequiredService<CertificateFiles>();

        await UntilAsync(() => files.Current.NotAfter > TimeProvider.System.GetUtcNow().AddHours(23));

        Assert.NotEqual(keyBefore, await File.ReadAllTextAsync(paths.Key));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.GetFullPath(new FileInfo(paths.Key).ResolveLinkTarget(returnFinalTarget: true)!.FullName)));
        Assert.Contains("X509 CRL", await File.ReadAllTextAsync(paths.RevocationList), StringComparison.Ordinal);
        await services.GetRequiredService<CertificateService.CertificateServiceClient>().GetTrustBundleAsync(new());
    }

    [Fact]
    public async Task Renewal_OfACertificateThatTheAuthorityDoesNotKnow_LeavesTheFilesAlone()
    {
        // Crypto trusts it by its own files, and knows nothing of who issued it.
        var replica = await StartAsync(platform.Pki.Workload("crypto-apart", TestLeaf.Of("crypto")), import: false);
        var paths = platform.Pki.Workload("webshop", TestLeaf.Of("webshop") with { Begins = TimeSpan.FromHours(-3), Ends = TimeSpan.FromHours(1) });
        var before = await File.ReadAllTextAsync(paths.Certificate);
        var log = new LogCapture();
        var services = await RenewingAsync(paths, log, replica);

        await log.FindAsync("an authority issued it that the platform does not trust");
        for (var i = 0; i < 2; i++)
        {
            await services.GetRequiredService<CertificateRenewal>().LookAsync(default);
        }

        Assert.Equal(before, await File.ReadAllTextAsync(paths.Certificate));
        Assert.False(File.Exists(paths.RevocationList));
        Assert.Single(log.Lines, line => line.Contains("is not renewed here", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Renewal_WithFilesThatCannotBeWritten_IsSaidOnceAndTheProcessGoesOn()
    {
        var paths = platform.Pki.Workload("webshop");
        var log = new LogCapture();
        var services = Clients(paths, crypto.GrpcAddress, log, options => options.Mtls.RevocationListPath = Path.Combine(platform.Pki.Folder, "nowhere", "ca.crl"));
        var renewal = services.GetRequiredService<CertificateRenewal>();

        await renewal.LookAsync(default);
        await renewal.LookAsync(default);

        Assert.Single(log.Lines, line => line.Contains("nothing can be written to", StringComparison.Ordinal));
        await services.GetRequiredService<CertificateService.CertificateServiceClient>().GetTrustBundleAsync(new());
    }

    [Fact]
    public async Task Renewal_ThatFailsNearTheEnd_CallsSomebody()
    {
        var paths = platform.Pki.Workload("webshop", TestLeaf.Of("webshop") with { Begins = TimeSpan.FromHours(-3), Ends = TimeSpan.FromMinutes(20) });
        var log = new LogCapture();
        var services = Clients(paths, new Uri("https://localhost:1"), log);
        await StartAsync(services);

        await log.FindAsync("Critical The certificate of spiffe://mcpsecure.local/svc/webshop ends");
    }

    [Fact]
    public async Task RevokedWorkload_IsRefusedByCrypto_OnceItsListIsRead()
    {
        var paths = platform.Pki.Workload("webshop", TestLeaf.Of("webshop") with { Begins = TimeSpan.FromHours(-3), Ends = TimeSpan.FromHours(1) });
        var services = await RenewingAsync(paths);
        var files = services.GetRequiredService<CertificateFiles>();
        await UntilAsync(() => files.Current.NotAfter > TimeProvider.System.GetUtcNow().AddHours(23));
        var client = services.GetRequiredService<CertificateService.CertificateServiceClient>();

        await Cli.RevokeCertificateAsync(new() { Workload = "webshop" }, administrator.Metadata);

        var judge = crypto.Services.GetRequiredService<CertificateFiles>();
        await UntilAsync(() => judge.Current.Trust.Revoked.Revokes(files.Current.Leaf, platform.Pki.Authority.Certificate));
        await Task.Delay(TimeSpan.FromSeconds(2)); // the connection that was made with the certificate before is through
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(async () => await client.GetTrustBundleAsync(new()));
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        for (var tries = 0; !holds(); tries++)
        {
            Assert.True(tries < 1200, "What was waited for did not come within a minute.");
            await Task.Delay(50);
        }
    }

    private async Task<ServiceHost> StartAsync(CertificatePaths files, bool import = true)
    {
        var connection = await (await PostgresServer.SharedAsync()).CreateDatabaseAsync();
        var (certificate, keyFile) = platform.Pki.WriteAuthority();
        (string, string)[] authority = import ? [("Certificates:Authority:CertificatePath", certificate), ("Certificates:Authority:KeyPath", keyFile)] : [];
        var replica = await platform.StartUnreadyReplicaAsync(
            connection,
            _ => { },
            redis: null,
            [
                ("Mtls:CertificatePath", files.Certificate),
                ("Mtls:KeyPath", files.Key),
                ("Mtls:TrustBundlePath", files.TrustBundle),
                ("Mtls:RevocationListPath", files.RevocationList),
                ("Mtls:Renewal", "true"),
                ("Mtls:TrustRefreshInterval", "00:00:01"),
                ("Mtls:ReloadInterval", "00:00:00.2"),
                ("Certificates:PublishAhead", "00:00:06"),
                .. authority,
            ]);
        await replica.WaitUntilReadyAsync();
        return replica;
    }

    private ServiceProvider Clients(CertificatePaths paths, Uri address, LogCapture log, Action<McpSecureClientOptions>? configure = null)
    {
        var services = new ServiceCollection()
            .AddLogging(logging => logging.AddProvider(log))
            .AddMcpSecure(options =>
            {
                TestPki.Configure(options, paths, (Peers.Crypto, address));
                options.Mtls.RevocationListPath = paths.RevocationList;
                options.Mtls.Renewal = true;
                options.Mtls.TrustRefreshInterval = TimeSpan.FromSeconds(1);
                options.Mtls.ReloadInterval = TimeSpan.FromMilliseconds(200);
                options.ConnectionLifetime = TimeSpan.FromSeconds(1);
                configure?.Invoke(options);
            })
            .BuildServiceProvider();
        callers.Add(services);
        return services;
    }

    private async Task<ServiceProvider> RenewingAsync(CertificatePaths paths, LogCapture? log = null, ServiceHost? replica = null)
    {
        var services = Clients(paths, (replica ?? crypto).GrpcAddress, log ?? new LogCapture());
        await StartAsync(services);
        return services;
    }

    private static async Task StartAsync(ServiceProvider services)
    {
        foreach (var service in services.GetServices<IHostedService>())
        {
            await service.StartAsync(default);
        }
    }
}
