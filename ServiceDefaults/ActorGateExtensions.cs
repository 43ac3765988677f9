using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults;

/// <summary>Adds <see cref="ActorGate"/>.</summary>
public static class ActorGateExtensions
{
    /// <summary>
    /// Adds the gate. A seam that the service has registered before stays (Auth and Authorization look themselves); for the others the
    /// peers <c>auth</c> and <c>authorization</c> are asked.
    /// </summary>
    public static IHostApplicationBuilder AddActorGate(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<StepUpOptions>("StepUp");

        if (builder.Services.All(s => s.ServiceType != typeof(ITokenValidator)))
        {
            builder.AddPeer<AuthService.AuthServiceClient>(Peers.Auth);
            builder.Services.AddSingleton<ITokenValidator, RemoteTokenValidator>();
        }

        if (builder.Services.All(s => s.ServiceType != typeof(IPermissionChecker)))
        {
            builder.AddPeer<AuthorizationService.AuthorizationServiceClient>(Peers.Authorization);
            builder.Services.AddSingleton<IPermissionChecker, RemotePermissionChecker>();
        }

        builder.Services.TryAddSingleton(provider => new ActorGate(
            provider.GetRequiredService<ITokenValidator>(),
            provider.GetRequiredService<IPermissionChecker>(),
            provider.GetRequiredService<IOptions<StepUpOptions>>().Value,
            provider.GetRequiredService<TimeProvider>(),
            provider.GetService<AuditEvents>(),
            provider.GetService<DecisionTrail>()));
        return builder;
    }
}
