using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace McpSecure.Testing;

/// <summary>Keeps everything that is logged, at every level and with its scopes, for tests to search.</summary>
public sealed class LogCapture : ILoggerProvider
{
    private readonly ConcurrentQueue<string> lines = [];

    /// <summary>Gets the lines so far.</summary>
    public IReadOnlyCollection<string> Lines => lines;

    /// <summary>Waits for a line that contains a text and returns the first.</summary>
    /// <exception cref="InvalidOperationException">There is none within ten seconds.</exception>
    public async Task<string> FindAsync(string text)
    {
        for (var tries = 0; tries < 400; tries++)
        {
            if (lines.FirstOrDefault(line => line.Contains(text, StringComparison.Ordinal)) is { } found)
            {
                return found;
            }

            await Task.Delay(25);
        }

        throw new InvalidOperationException($"Nothing was logged that contains '{text}'; last: {string.Join('\n', lines.TakeLast(5))}");
    }

    /// <inheritdoc/>
    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, lines);

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Logger(string category, ConcurrentQueue<string> lines) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
        {
            lines.Enqueue($"{category} scope {state}");
            return null;
        }

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            lines.Enqueue($"{category} {logLevel} {formatter(state, exception)} {exception}");
    }
}
