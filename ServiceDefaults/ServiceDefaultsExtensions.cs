using Grpc.AspNetCore.Server;
using McpSecure.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults;

/// <summary>Gives a service everything that all services have in common.</summary>
public static class ServiceDefaultsExtensions
{
    /// <summary>
    /// Adds the two ports (gRPC over mutual TLS; health), the caller policy, request validation, refusals, limits, gRPC, telemetry and the
    /// orderly end. Nothing of the policy can be left out by forgetting a call afterwards: the gate stands before the pipeline.
    /// </summary>
    public static WebApplicationBuilder AddServiceDefaults(this WebApplicationBuilder builder, CallerPolicy policy)
    {
        StartFailure.TellInOneSentence();
        Telemetry.Add(builder);

        builder.Services.AddSingleton<IConfigureOptions<HostOptions>, SettingsExtensions.AllSettingsFirst>();
        builder.AddSettings<ListenOptions>("Listen").Validate<IConfiguration>(
            (_, settings) => !settings.GetSection("Kestrel:Endpoints").Exists(),
            "Kestrel:Endpoints is set: only Listen:Address, Listen:GrpcPort and Listen:HealthPort open ports.");
        builder.AddSettings<LimitsOptions>("Limits");
        builder.AddSettings<DrainOptions>("Drain");
        builder.AddSettings<CallerPolicyOptions>("CallerPolicy");
        builder.AddSettings<RedactionOptions>("Redaction");

        var services = builder.Services;
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(provider => Redaction.Of(provider.GetRequiredService<IOptions<RedactionOptions>>()));
        AddOwnIdentity(services);

        // Only our two ports: no address from ASPNETCORE_URLS or its like.
        builder.WebHost.UseSetting(WebHostDefaults.ServerUrlsKey, "").UseSetting("http_ports", "").UseSetting("https_ports", "");
        services.AddSingleton<IConfigureOptions<KestrelServerOptions>, MtlsListener>();

        services.AddSingleton(policy);
        services.AddSingleton<RpcTable>();
        services.AddSingleton<CallDeadlines>();
        services.AddSingleton<CallMetrics>();
        services.AddSingleton<IStartupFilter, GateFirst>();

        services.AddHealthChecks().AddCheck<CertificateReadiness>("certificate");
        services.AddSingleton<Readiness>();
        services.AddSingleton<HealthPort>();
        services.AddSingleton<Drain>();
        services.AddSingleton<IHostedService>(provider => provider.GetRequiredService<Drain>());
        services.AddSingleton<IConfigureOptions<HostOptions>>(provider => provider.GetRequiredService<Drain>());

        services.AddSingleton<CallGuard>();
        services.AddSingleton(typeof(IGrpcServiceActivator<>), typeof(SharedHandler<>));
        services.AddGrpc(options => options.Interceptors.Add<CallGuard>());
        services.AddSingleton<IPostConfigureOptions<GrpcServiceOptions>, GrpcLimits>();
        return builder;
    }

    /// <summary>Maps grpc.health.v1, and in development server reflection.</summary>
    public static WebApplication MapServiceDefaults(this WebApplication app)
    {
        app.MapGrpcService<GrpcHealthService>();
        if (app.Environment.IsDevelopment())
        {
            app.MapGrpcService<ReflectionService>();
        }

        return app;
    }

    // The same files prove this process to its callers and to the peers that it calls.
    private static void AddOwnIdentity(IServiceCollection services)
    {
        services.AddMcpSecureCore();
        services.AddOptions<McpSecureClientOptions>().Configure<IConfiguration>((options, configuration) =>
        {
            configuration.GetSection("Mtls").BindStrictly(options.Mtls);
            foreach (var peer in configuration.GetSection("Peers").GetChildren())
            {
                options.Addresses[peer.Key] = Uri.TryCreate(peer.Value, UriKind.Absolute, out var address)
                    ? address
                    : throw new OptionsValidationException("Peers", typeof(McpSecureClientOptions), [$"Peers:{peer.Key} is '{peer.Value}': it must be https://host:port."]);
            }
        });
    }

    // After all others: the framework puts its compression back where it finds none.
    private sealed class GrpcLimits(RpcTable rpcs) : IPostConfigureOptions<GrpcServiceOptions>
    {
        public void PostConfigure(string? name, GrpcServiceOptions options)
        {
            options.EnableDetailedErrors = false;
            options.MaxReceiveMessageSize = rpcs.LargestRequestInBytes; // what a rpc may have less than that, the gate sees to

            // A compressed message is unpacked whole before its size is looked at: a few bytes could fill the memory.
            options.CompressionProviders.Clear();
        }
    }

    private sealed class GateFirst : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            // Whatever is wrong with the contract's rules or the policy stops the start, not the first call.
            app.ApplicationServices.GetRequiredService<CallGuard>();
            foreach (var method in app.ApplicationServices.GetRequiredService<RpcTable>().Services.SelectMany(s => s.Methods))
            {
                RequestRules.For(method.InputType);
            }

            app.UseMiddleware<CallGate>();
            next(app);
        };
    }
}
