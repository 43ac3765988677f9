namespace Aspire.StackExchange.Redis;

/// <summary>
/// Holds what <c>Aspire:StackExchange:Redis</c>, <c>Aspire:StackExchange:Redis:{name}</c> and <c>ConnectionStrings:{name}</c> configure.
/// </summary>
public sealed class StackExchangeRedisSettings
{
    /// <summary>Gets or sets the comma-separated configuration, such as <c>localhost:6379,password=…,ssl=true</c>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Gets or sets whether the health check <c>StackExchange.Redis</c> is left out. Default: false.</summary>
    public bool DisableHealthChecks { get; set; }

    /// <summary>Gets or sets whether commands are left out of traces. They always are here: this client has no instrumentation.</summary>
    public bool DisableTracing { get; set; }
}
