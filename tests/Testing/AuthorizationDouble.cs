using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Testing;

/// <summary>Stands for Authorization where another service is tested: decides as a test says.</summary>
public sealed class AuthorizationDouble : AuthorizationService.AuthorizationServiceBase
{
    /// <summary>Gets or sets the decision; at first nobody may do anything.</summary>
    public Func<PermissionQuestion, bool> Decide { get; set; } = _ => false;

    /// <summary>Gets the workload that serves it.</summary>
    public Workload Workload => new(
        "authorization",
        Assembly: null,
        builder =>
        {
            builder.AddServiceDefaults(CallerPolicy.For(AuthorizationService.Descriptor)
                .Allow("mcpsecure.authorization.v1.AuthorizationService/CheckPermission", Caller.Service("apikey"), Caller.Service("crypto")));
            builder.Services.AddSingleton(this);
        },
        app => app.MapGrpcService<AuthorizationDouble>());

    /// <inheritdoc/>
    public override Task<CheckPermissionResponse> CheckPermission(CheckPermissionRequest request, ServerCallContext context) =>
        Task.FromResult(new CheckPermissionResponse { Allowed = Decide(request.Question) });
}
