using Google.Protobuf.Reflection;
using Grpc.Core;
using Grpc.Net.Client.Configuration;

namespace McpSecure.Client;

/// <summary>Reads from the contract which rpcs may be tried again and says how.</summary>
internal static class IdempotentRetries
{
    /// <summary>Makes a channel's service configuration: retries for the rpcs that the contract calls idempotent and for no others.</summary>
    public static ServiceConfig For(IEnumerable<ServiceDescriptor> services, int maxAttempts)
    {
        // gRFC A6: each failed try costs a token, each success returns a tenth; below half of the tokens nothing is tried again.
        var configuration = new ServiceConfig { RetryThrottling = new RetryThrottlingPolicy { MaxTokens = 20, TokenRatio = 0.1 } };
        if (maxAttempts < 2)
        {
            return configuration;
        }

        foreach (var method in services.SelectMany(s => s.Methods).Where(IsIdempotent))
        {
            configuration.MethodConfigs.Add(new MethodConfig
            {
                Names = { new MethodName { Service = method.Service.FullName, Method = method.Name } },
                RetryPolicy = new RetryPolicy
                {
                    MaxAttempts = maxAttempts,
                    InitialBackoff = TimeSpan.FromMilliseconds(100),
                    MaxBackoff = TimeSpan.FromSeconds(2),
                    BackoffMultiplier = 2,
                    RetryableStatusCodes = { StatusCode.Unavailable },
                },
            });
        }

        return configuration;
    }

    private static bool IsIdempotent(MethodDescriptor method) =>
        method.GetOptions()?.IdempotencyLevel is MethodOptions.Types.IdempotencyLevel.Idempotent or MethodOptions.Types.IdempotencyLevel.NoSideEffects;
}
