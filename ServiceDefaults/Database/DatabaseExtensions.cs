using System.Reflection;
using McpSecure.Crypto.V1;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>Gives a service its database.</summary>
public static class DatabaseExtensions
{
    /// <summary>
    /// Adds a <see cref="ServiceDatabase"/> for <c>ConnectionStrings:&lt;name&gt;</c>, applies the migrations <c>Sql/NNNN_name.sql</c> of the
    /// service and of ServiceDefaults at start, and reports readiness. Connections are not reset between uses: change settings
    /// with <c>SET LOCAL</c> only, and take advisory locks of the transaction only.
    /// </summary>
    /// <param name="builder">The service.</param>
    /// <param name="name">The name of the connection string, for example <c>cryptodb</c>.</param>
    /// <param name="migrations">The assembly whose migrations to apply; the application's own where null.</param>
    /// <exception cref="MigrationException">The assembly has no migrations, or they are not numbered one by one.</exception>
    public static void AddDatabase(this IHostApplicationBuilder builder, string name, Assembly? migrations = null)
    {
        IReadOnlyList<MigrationSeries> series =
        [
            MigrationSeries.Of(typeof(DatabaseExtensions).Assembly),
            MigrationSeries.Of(migrations ?? Assembly.Load(new AssemblyName(builder.Environment.ApplicationName))),
        ];

        // Readiness is ours: it knows of migrations too, and says what it waits for.
        var rotated = builder.Configuration.GetValue<bool>("DatabaseAccount:Rotated");
        var kept = new KeptDatabaseAccount(rotated ? builder.Configuration["DatabaseAccount:File"] ?? "" : "");
        builder.AddNpgsqlDataSource(name, settings => settings.DisableHealthChecks = true, Configure);

        builder.Services.TryAddSingleton(TimeProvider.System);
        builder.Services.AddSingleton(kept);
        builder.Services.AddSingleton(provider => new ServiceDatabase(
            provider.GetRequiredService<NpgsqlDataSource>(),
            kept.Read() is var (username, password) ? Connect(builder.Configuration.GetConnectionString(name), username, password, provider.GetService<ILoggerFactory>()) : null));
        builder.AddSettings<DatabaseAccountOptions>("DatabaseAccount");
        if (rotated)
        {
            AddAccount(builder, name);
        }

        builder.Services.AddSingleton(series);
        builder.Services.AddSingleton<DatabaseMigrator>();
        builder.Services.AddSingleton<DatabaseReadiness>();
        builder.Services.AddHostedService<DatabaseStartup>();
        builder.Services.AddHealthChecks().AddCheck<DatabaseReadiness>(name);
    }

    // Crypto looks itself: it has registered its own source of accounts before.
    private static void AddAccount(IHostApplicationBuilder builder, string name)
    {
        if (!builder.Services.Any(service => service.ServiceType == typeof(IDatabaseAccountSource)))
        {
            builder.AddPeer<DatabaseAccountService.DatabaseAccountServiceClient>("crypto");
            builder.Services.AddSingleton<IDatabaseAccountSource, PeerDatabaseAccounts>();
        }

        builder.Services.AddHostedService(provider => ActivatorUtilities.CreateInstance<DatabaseAccountRefresh>(
            provider,
            (Func<DatabaseAccount, NpgsqlDataSource>)(account => Connect(
                builder.Configuration.GetConnectionString(name), account.Username, account.Password, provider.GetService<ILoggerFactory>()))));
    }

    private static NpgsqlDataSource Connect(string? bootstrap, string username, string password, ILoggerFactory? loggers)
    {
        var source = new NpgsqlDataSourceBuilder(bootstrap);
        source.ConnectionStringBuilder.Username = username;
        source.ConnectionStringBuilder.Password = password;
        source.UseLoggerFactory(loggers);
        Configure(source);
        return source.Build();
    }

    private static void Configure(NpgsqlDataSourceBuilder dataSource)
    {
        var settings = dataSource.ConnectionStringBuilder;

        // DISCARD ALL at each return to the pool halves the rate of small reads; we leave nothing in a session to discard.
        settings.NoResetOnClose = true;

        // In seconds. A database that hangs must become UNAVAILABLE within a caller's patience. To give up a command, Npgsql first asks
        // the server to cancel it, which takes up to twice the time for connecting where the server hangs.
        settings.Timeout = 3;
        settings.CommandTimeout = 10;
    }
}
