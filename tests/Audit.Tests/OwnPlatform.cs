namespace McpSecure.Audit.Tests;

/// <summary>Gives a test a platform of its own, for what it does to the log is not to be shared.</summary>
internal sealed class OwnPlatform : IAsyncDisposable
{
    public AuditPlatform Platform { get; } = new();

    public Task StartAsync() => Platform.InitializeAsync();

    public async ValueTask DisposeAsync() => await Platform.DisposeAsync();
}
