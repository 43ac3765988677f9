using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecure.Client.Tests;

/// <summary>Stands where a service of the platform should, with a certificate of the test's choice, and takes any client.</summary>
public sealed class BareServer : IAsyncDisposable
{
    private readonly WebApplication app;

    private BareServer(WebApplication app) => this.app = app;

    public Uri Address => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    public Behaviour Behaviour => app.Services.GetRequiredService<Behaviour>();

    public static async Task<BareServer> StartAsync(X509Certificate2 leaf, params X509Certificate2[] intermediates)
    {
        var builder = WebApplication.CreateSlimBuilder();
        var behaviour = new Behaviour();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(behaviour);
        builder.Services.AddGrpc();
        builder.WebHost.UseKestrelHttpsConfiguration();
        var context = SslStreamCertificateContext.Create(leaf, [.. intermediates], offline: true);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            listen.UseHttps(new TlsHandshakeCallbackOptions
            {
                OnConnection = _ => ValueTask.FromResult(new SslServerAuthenticationOptions
                {
                    ServerCertificateContext = context,
                    ClientCertificateRequired = true,
                    RemoteCertificateValidationCallback = (_, certificate, _, _) =>
                    {
                        behaviour.Clients.Enqueue(((X509Certificate2?)certificate)?.SerialNumber);
                        return true;
                    },
                }),
            });
        }));

        var server = builder.Build();
        server.MapGrpcService<FakeAuthorization>();
        server.MapGrpcService<FakeAuth>();
        await server.StartAsync();
        return new BareServer(server);
    }

    /// <summary>Starts a server with a right certificate of a service.</summary>
    public static Task<BareServer> StartAsync(TestPki pki, string service) => StartAsync(pki.Authority.Issue(TestLeaf.Of(service)));

    public ValueTask DisposeAsync() => app.DisposeAsync();

    private sealed class FakeAuthorization(Behaviour behaviour) : AuthorizationService.AuthorizationServiceBase
    {
        public override async Task<CheckPermissionResponse> CheckPermission(CheckPermissionRequest request, ServerCallContext context)
        {
            await behaviour.OnCallAsync(context);
            return new CheckPermissionResponse { Allowed = true };
        }
    }

    private sealed class FakeAuth(Behaviour behaviour) : AuthService.AuthServiceBase
    {
        public override async Task<SignInResponse> SignIn(SignInRequest request, ServerCallContext context)
        {
            await behaviour.OnCallAsync(context);
            return new SignInResponse();
        }
    }
}

/// <summary>Says what a <see cref="BareServer"/> does, and keeps what it saw.</summary>
public sealed class Behaviour
{
    public ConcurrentQueue<(string Method, DateTime Deadline, string? Authorization)> Calls { get; } = [];

    /// <summary>Gets the serial numbers of the client certificates, one for each connection.</summary>
    public ConcurrentQueue<string?> Clients { get; } = [];

    /// <summary>Gets or sets what happens with a call, by its number from 1.</summary>
    public Action<int> OnCall { get; set; } = _ => { };

    public Task OnCallAsync(ServerCallContext context)
    {
        lock (Calls)
        {
            Calls.Enqueue((context.Method, context.Deadline, context.RequestHeaders.GetValue("authorization")));
            OnCall(Calls.Count);
        }

        return Task.CompletedTask;
    }
}
