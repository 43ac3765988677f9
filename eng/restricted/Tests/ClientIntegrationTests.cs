using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Npgsql;
using StackExchange.Redis;

namespace McpSecure.Restricted;

public sealed class ClientIntegrationTests
{
    [Fact]
    public void AddNpgsqlDataSource_SeveralSources_TheConnectionStringsSectionWins()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration["Aspire:Npgsql:ConnectionString"] = "Host=all";
        builder.Configuration["Aspire:Npgsql:authdb:ConnectionString"] = "Host=named";
        builder.Configuration["ConnectionStrings:authdb"] = "Host=injected";

        builder.AddNpgsqlDataSource("authdb", configureDataSourceBuilder: source => source.ConnectionStringBuilder.Port = 5555);

        using var host = builder.Build();
        Assert.Equal("Host=injected;Port=5555", host.Services.GetRequiredService<NpgsqlDataSource>().ConnectionString);
    }

    [Fact]
    public void AddNpgsqlDataSource_NoConnectionString_SaysWhereItBelongs()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.AddNpgsqlDataSource("authdb");

        using var host = builder.Build();
        var problem = Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<NpgsqlDataSource>);
        Assert.Contains("'ConnectionStrings:authdb'", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HealthChecks_NothingListens_AreUnhealthyUnderTheirNames()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration["ConnectionStrings:authdb"] = "Host=127.0.0.1;Port=1";
        builder.Configuration["ConnectionStrings:redis"] = "127.0.0.1:1,password=a,ssl=true,connectTimeout=200,connectRetry=1";
        builder.AddNpgsqlDataSource("authdb");
        builder.AddRedisClient("redis");

        using var host = builder.Build();
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync();

        Assert.Equal(["PostgreSql", "StackExchange.Redis"], report.Entries.Keys.Order(StringComparer.Ordinal));
        Assert.All(report.Entries.Values, entry => Assert.Equal(HealthStatus.Unhealthy, entry.Status));
    }

    [Fact]
    public void AddRedisClient_ConnectionStringOfTheAppHost_IsReadWhole()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration["ConnectionStrings:redis"] = "localhost:6399,password=p=w,ssl=true";
        ConfigurationOptions? seen = null;
        builder.AddRedisClient("redis", configureOptions: options =>
        {
            seen = options;
            options.EndPoints.Clear();
        });

        using var host = builder.Build();
        Assert.Throws<InvalidOperationException>(host.Services.GetRequiredService<IConnectionMultiplexer>);
        Assert.Equal(("p=w", true, false), (seen!.Password, seen.Ssl, seen.AbortOnConnectFail));
    }
}
