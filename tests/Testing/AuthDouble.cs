using System.Collections.Concurrent;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Testing;

/// <summary>Stands for Auth where another service is tested: says for whom a token stands, as a test has laid down.</summary>
public sealed class AuthDouble : AuthService.AuthServiceBase
{
    private readonly ConcurrentDictionary<string, ValidateTokenResponse> tokens = new(StringComparer.Ordinal);
    private int last;

    /// <summary>Gets the workload that serves it.</summary>
    public Workload Workload => new(
        "auth",
        Assembly: null,
        builder =>
        {
            builder.AddServiceDefaults(CallerPolicy.For(AuthService.Descriptor).Allow(
                "mcpsecure.auth.v1.AuthService/ValidateToken", Caller.Service("apikey"), Caller.Service("authorization"), Caller.Service("crypto")));
            builder.Services.AddSingleton(this);
        },
        app => app.MapGrpcService<AuthDouble>());

    /// <summary>Gives a token with a second factor given just now.</summary>
    public Metadata SignIn(Guid userId, params string[] scopes) => SignIn(userId, TimeProvider.System.GetUtcNow(), ["pwd", "otp", "mfa"], scopes);

    /// <summary>Gives a token of any kind, as the metadata of a call.</summary>
    public Metadata SignIn(Guid userId, DateTimeOffset authenticatedAt, string[] methods, params string[] scopes)
    {
        var token = $"token-{Interlocked.Increment(ref last)}";
        tokens[token] = new ValidateTokenResponse
        {
            UserId = userId.ToString(),
            Username = $"user-{userId.ToString()[^4..]}",
            Scopes = { scopes },
            AuthenticationMethods = { methods },
            AuthenticatedAt = authenticatedAt.ToTimestamp(),
            TokenId = Guid.CreateVersion7(authenticatedAt).ToString(),
        };
        return new() { { "authorization", $"Bearer {token}" } };
    }

    /// <inheritdoc/>
    public override Task<ValidateTokenResponse> ValidateToken(ValidateTokenRequest request, ServerCallContext context) =>
        tokens.TryGetValue(request.Token, out var stands)
            ? Task.FromResult(stands)
            : throw Refusal.Because(ErrorReason.TokenInvalid, "The access token is not valid.");
}
