using McpSecure.Testing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults.Tests.Redaction;

public sealed class RedactingLoggerTests : IDisposable
{
    private readonly LogCapture capture = new();
    private readonly RecordingProvider states = new();
    private readonly RedactingLoggerFactory factory;
    private readonly ILogger logger;

    public RedactingLoggerTests()
    {
        factory = new RedactingLoggerFactory(new LoggerFactory([capture, states]), Options.Create(new RedactionOptions()));
        logger = factory.CreateLogger("probe");
    }

    [Fact]
    public void Message_WithPersonalData_ReachesNoProvider()
    {
        Lines.Sent(logger, "ada@example.com", 4111111111111111, "Bearer abcdef123456");

        var line = Assert.Single(capture.Lines);
        Assert.Contains("Sent to [EMAIL] for [CARD] with Bearer [TOKEN]", line, StringComparison.Ordinal);
        var state = Assert.Single(states.States);
        Assert.Equal(["[EMAIL]", "[CARD]", "Bearer [TOKEN]"], state.Take(3).Select(attribute => attribute.Value));
        Assert.Equal("Sent to {Address} for {Card} with {Header}.", state[^1].Value);
    }

    [Fact]
    public void Exception_WithPersonalData_ReachesNoProvider()
    {
        Lines.Failed(logger, new InvalidOperationException("No user ada@example.com.", new IOException("mcp_sk_0123456789abcdef")));

        var line = Assert.Single(capture.Lines);
        Assert.Contains("System.InvalidOperationException: No user [EMAIL].", line, StringComparison.Ordinal);
        Assert.Contains("[API_KEY]", line, StringComparison.Ordinal);
        Assert.DoesNotContain("ada@", line, StringComparison.Ordinal);
    }

    [Fact]
    public void Scope_WithPersonalData_ReachesNoProvider()
    {
        using var scope = logger.BeginScope<string>("for ada@example.com");

        Assert.Contains("for [EMAIL]", Assert.Single(capture.Lines), StringComparison.Ordinal);
    }

    [Fact]
    public void Message_WithoutFindings_PassesAsItIs()
    {
        var exception = new InvalidOperationException("Nothing of note.");

        Lines.Failed(logger, exception);

        Assert.Same(exception, Assert.Single(states.Exceptions));
    }

    [Fact]
    public void Message_FromAnAddress_KeepsIt()
    {
        Lines.Sent(logger, "10.0.0.1", 1, "x");

        Assert.Contains("Sent to 10.0.0.1", Assert.Single(capture.Lines), StringComparison.Ordinal);
    }

    // The seam is the factory of the whole host: no provider can be added beside it.
    [Fact]
    public async Task Host_LoggerOfAnyKind_IsOfTheRedactingFactory()
    {
        using var pki = new TestPki();
        await using var host = await ProbeHost.StartAsync(pki);

        Assert.IsType<RedactingLoggerFactory>(host.App.Services.GetService(typeof(ILoggerFactory)));
    }

    public void Dispose()
    {
        factory.Dispose();
        capture.Dispose();
        states.Dispose();
    }

    private sealed class RecordingProvider : ILoggerProvider, ILogger
    {
        public List<IReadOnlyList<KeyValuePair<string, object?>>> States { get; } = [];

        public List<Exception?> Exceptions { get; } = [];

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            States.Add([.. (IReadOnlyList<KeyValuePair<string, object?>>)state!]);
            Exceptions.Add(exception);
        }

        public void Dispose()
        {
        }
    }
}

internal static partial class Lines
{
    [LoggerMessage(1, LogLevel.Information, "Sent to {Address} for {Card} with {Header}.")]
    public static partial void Sent(ILogger logger, string address, long card, string header);

    [LoggerMessage(2, LogLevel.Error, "It failed.")]
    public static partial void Failed(ILogger logger, Exception exception);
}
