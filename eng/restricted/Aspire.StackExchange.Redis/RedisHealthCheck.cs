using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using StackExchange.Redis;

namespace Aspire.StackExchange.Redis;

/// <summary>Pings Redis; a server that cannot be reached, or no valid connection string, is unhealthy.</summary>
internal sealed class RedisHealthCheck(IServiceProvider services) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // Asked for here, not in the constructor: a connection that cannot be made is a finding, too.
            var connection = services.GetRequiredService<IConnectionMultiplexer>();
            await connection.GetDatabase().PingAsync().WaitAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (Exception problem) when (problem
            is RedisException or InvalidOperationException or ArgumentException or TimeoutException or OperationCanceledException)
        {
            return new(context.Registration.FailureStatus, problem.Message, problem);
        }
    }
}
