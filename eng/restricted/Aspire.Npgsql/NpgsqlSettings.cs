namespace Aspire.Npgsql;

/// <summary>Holds what <c>Aspire:Npgsql</c>, <c>Aspire:Npgsql:{name}</c> and <c>ConnectionStrings:{name}</c> configure.</summary>
public sealed class NpgsqlSettings
{
    /// <summary>Gets or sets the connection string. Required by the time a connection is asked for.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Gets or sets whether the health check <c>PostgreSql</c> is left out. Default: false.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Gets or sets whether the activity source <c>Npgsql</c> is left out of traces. Default: false.</summary>
    public bool DisableTracing { get; set; }

    /// <summary>Gets or sets whether the meter <c>Npgsql</c> is left out of metrics. Default: false.</summary>
    public bool DisableMetrics { get; set; }
}
