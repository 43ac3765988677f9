using Grpc.Core;
using McpSecure.Authorization.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.ApiKey.Tests;

/// <summary>Stands for Authorization: decides as a test says, and keeps what it was asked.</summary>
public sealed class AuthorizationDouble : AuthorizationService.AuthorizationServiceBase
{
    /// <summary>Gets or sets the decision; at first everybody may make keys and do nothing else.</summary>
    public Func<PermissionQuestion, bool> Decide { get; set; } = question => question is { Resource: "api-keys", Action: "create" };

    public Workload Workload => new(
        "authorization",
        Assembly: null,
        builder =>
        {
            builder.AddServiceDefaults(CallerPolicy.For(AuthorizationService.Descriptor)
                .Allow("mcpsecure.authorization.v1.AuthorizationService/CheckPermission", Caller.Service("apikey")));
            builder.Services.AddSingleton(this);
        },
        app => app.MapGrpcService<AuthorizationDouble>());

    public override Task<CheckPermissionResponse> CheckPermission(CheckPermissionRequest request, ServerCallContext context) =>
        Task.FromResult(new CheckPermissionResponse { Allowed = Decide(request.Question) });
}
