using System.Net;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Benchmarks.V1;
using McpSecure.Client;
using McpSecure.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecure.Benchmarks;

/// <summary>Serves the hosts that are compared, each in a process of its own, configured as our services are.</summary>
internal static class Hosts
{
    public const string Bare = "bare";
    public const string Defaults = "defaults";

    /// <summary>The services themselves; their names are those of their certificates.</summary>
    public const string Crypto = Peers.Crypto;

    /// <inheritdoc cref="Crypto"/>
    public const string ApiKey = Peers.ApiKey;

    /// <inheritdoc cref="Crypto"/>
    public const string Authorization = Peers.Authorization;

    /// <summary>What a host prints when it takes calls.</summary>
    public const string Ready = "ready";

    /// <summary>Serves until its standard input ends, so that it never outlives the run that started it.</summary>
    public static async Task<int> ServeAsync(string host)
    {
        if (ProgramOf(host) is { } program)
        {
            return await ServiceProgram.ServeAsync(program);
        }

        await using var app = host switch
        {
            Bare => BareKestrel(),
            Defaults => OurHost(),
            _ => throw new ArgumentException($"No host is called {host}.", nameof(host)),
        };

        await app.StartAsync();
        Console.WriteLine(Ready);
        await Console.In.ReadToEndAsync();
        await app.StopAsync();

        return 0;
    }

    /// <summary>Tells whether a host is one of our services, and not empty.</summary>
    public static bool IsService(string host) => ProgramOf(host) is not null;

    private static string? ProgramOf(string host) => host switch
    {
        Crypto => "McpSecure.Crypto",
        ApiKey => "McpSecure.ApiKey",
        Authorization => "McpSecure.Authorization",
        _ => null,
    };

    /// <summary>Makes what the framework's templates make, with a client certificate asked for and checked against the same CA.</summary>
    private static WebApplication BareKestrel()
    {
        var builder = WebApplication.CreateSlimBuilder();
        var settings = builder.Configuration;
        var authority = X509CertificateLoader.LoadCertificateFromFile(settings["Mtls:TrustBundlePath"]!);

        builder.Logging.ClearProviders();
        builder.Services.AddGrpc();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(
            IPAddress.Loopback,
            settings.GetValue<int>("Listen:GrpcPort"),
            listen =>
            {
                listen.Protocols = HttpProtocols.Http2;
                listen.UseHttps(https =>
                {
                    https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                    https.ServerCertificate = X509Certificate2.CreateFromPemFile(settings["Mtls:CertificatePath"]!, settings["Mtls:KeyPath"]!);
                    https.ClientCertificateMode = ClientCertificateMode.RequireCertificate;
                    https.ClientCertificateValidation = (certificate, _, _) => IsOurs(certificate, authority);
                });
            }));

        var app = builder.Build();
        app.MapGrpcService<EmptyGrpcService>();

        return app;
    }

    private static WebApplication OurHost()
    {
        var builder = WebApplication.CreateBuilder();

        builder.AddServiceDefaults(CallerPolicy.For(EmptyService.Descriptor)
            .Allow("mcpsecure.benchmarks.v1.EmptyService/Call", Caller.Service(Competitor.CallerName)));

        var app = builder.Build();
        app.MapServiceDefaults();
        app.MapGrpcService<EmptyGrpcService>();

        return app;
    }

    private static bool IsOurs(X509Certificate2 certificate, X509Certificate2 authority)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(authority);

        return chain.Build(certificate);
    }
}
