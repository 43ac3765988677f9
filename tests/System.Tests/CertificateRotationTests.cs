using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace McpSecure.SystemTests;

/// <summary>Lets all five services renew their certificates, replaces the authority under load and shuts a workload out.</summary>
[Collection(nameof(CertificateRotationTests))]
public sealed class CertificateRotationTests : IAsyncLifetime
{
    private Platform platform = null!;
    private Person administrator = null!;

    private CertificateService.CertificateServiceClient Certificates => administrator.Call<CertificateService.CertificateServiceClient>();

    public async Task InitializeAsync()
    {
        platform = await Platform.StartAsync(renewing: true);
        administrator = new Person(platform, "administrator", RandomNumberGenerator.GetHexString(32));
        await administrator.BootstrapAsync(platform.BootstrapSecret);
        await administrator.SignInAsync();
        await administrator.EnrolAsync();
    }

    public async Task DisposeAsync()
    {
        await administrator.DisposeAsync();
        await platform.DisposeAsync();
    }

    [Fact]
    public async Task Authority_RotatedUnderLoad_FailsNoCall_AndTheRevokedIsShutOutEverywhere()
    {
        // One caller connects anew all the time, the other keeps its connections over everything that happens. Neither tries again.
        await using var restless = Impatient(TimeSpan.FromSeconds(1));
        await using var steady = Impatient(TimeSpan.FromMinutes(2));
        await using var application = platform.Clients(Platform.Application);
        var files = application.GetRequiredService<IOptions<McpSecureClientOptions>>().Value.Mtls;
        await using var load = new Load();
        foreach (var (name, call) in CallsOf.EveryService(restless, administrator.UserId).Concat(CallsOf.EveryService(steady, administrator.UserId)))
        {
            load.With(name, call);
        }

        // They start with certificates of two minutes more.
        await UntilEveryServiceHasAsync("a certificate for a day", leaf => new DateTimeOffset(leaf.NotAfter) > TimeProvider.System.GetUtcNow().AddHours(23));
        var next = (await Certificates.RotateAuthorityAsync(new RotateAuthorityRequest())).Authority;
        using var authority = X509CertificateLoader.LoadCertificate(next.Certificate.Span);
        await UntilEveryServiceHasAsync("a certificate of the new authority", leaf => IsIssuedBy(leaf, authority));
        await load.GoOnAsync(100);

        // Whoever trusts the new authority alone gets through to all of them: they show what lies in their files.
        await Until.TrueAsync("the application to have one, too", () => Task.FromResult(Holds(files.CertificatePath, leaf => IsIssuedBy(leaf, authority))));
        var newcomer = TrustingOnly(authority, files);
        var callers = Platform.ServiceNames.Select(service => platform.RawClientOf(newcomer, service)).ToList();
        Assert.All(await Task.WhenAll(callers.Select(AskAsync)), reason => Assert.Null(reason));

        var revoked = Stopwatch.StartNew();
        await Certificates.RevokeCertificateAsync(new RevokeCertificateRequest { Workload = Platform.Application });
        await Until.TrueAsync("every service to refuse the application", async () => (await Task.WhenAll(callers.Select(AskAsync))).All(reason => reason is not null));
        Assert.True(revoked.Elapsed < 2 * (Platform.TrustRefreshInterval + Platform.ReloadInterval), $"It took {revoked.Elapsed}.");
        await Task.WhenAll(callers.Select(caller => caller.DisposeAsync().AsTask()));

        await load.GoOnAsync(100);
        Assert.Empty(await load.EndAsync());
    }

    private ServiceProvider Impatient(TimeSpan connectionLifetime) => platform.Clients("cli", options =>
    {
        options.MaxAttempts = 1;
        options.ConnectionLifetime = connectionLifetime;
        options.AccessToken = _ => ValueTask.FromResult(administrator.Token);
    });

    private Task UntilEveryServiceHasAsync(string what, Func<X509Certificate2, bool> test) => Until.TrueAsync($"every service to have {what}", () => Task.FromResult(
        platform.Services.All(service => Holds(Path.Combine(platform.Pki.Folder, service.Name, "tls.crt"), test))));

    private static bool Holds(string file, Func<X509Certificate2, bool> test)
    {
        using var leaf = X509CertificateLoader.LoadCertificateFromFile(file);
        return test(leaf);
    }

    private static bool IsIssuedBy(X509Certificate2 leaf, X509Certificate2 authority) => leaf.IssuerName.RawData.AsSpan().SequenceEqual(authority.SubjectName.RawData);

    private CertificatePaths TrustingOnly(X509Certificate2 authority, MtlsOptions files)
    {
        var own = platform.Files(Platform.Application);
        File.Copy(files.CertificatePath, own.Certificate, overwrite: true);
        File.Copy(files.KeyPath, own.Key, overwrite: true);
        File.WriteAllText(own.TrustBundle, authority.ExportCertificatePem());
        return own;
    }

    // Health is what every valid peer may ask each service.
    private static async Task<ErrorReason?> AskAsync(ServiceProvider client)
    {
        try
        {
            await client.GetRequiredService<RawClient>().CallAsync("grpc.health.v1.Health", "Check");
            return null;
        }
        catch (RpcException e)
        {
            return McpSecureError.From(e).Reason;
        }
    }
}

[CollectionDefinition(nameof(CertificateRotationTests), DisableParallelization = true)]
public sealed class CertificateRotation;
