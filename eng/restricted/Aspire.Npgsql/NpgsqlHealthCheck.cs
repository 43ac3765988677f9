using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Aspire.Npgsql;

/// <summary>Asks the database for one row; a database that cannot be reached, or no valid connection string, is unhealthy.</summary>
internal sealed class NpgsqlHealthCheck(IServiceProvider services) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            // Asked for here, not in the constructor: a data source that cannot be made is a finding, too.
            var dataSource = services.GetRequiredService<NpgsqlDataSource>();
            var command = dataSource.CreateCommand("SELECT 1");
            await using (command)
            {
                await command.ExecuteScalarAsync(cancellationToken);
                return HealthCheckResult.Healthy();
            }
        }
        catch (Exception problem) when (problem
            is NpgsqlException or InvalidOperationException or ArgumentException or TimeoutException or OperationCanceledException)
        {
            return new(context.Registration.FailureStatus, problem.Message, problem);
        }
    }
}
