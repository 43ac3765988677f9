using System.Collections;
using Microsoft.Extensions.Logging;

namespace McpSecure.ServiceDefaults;

/// <summary>Sanitizes messages, their attributes, scopes and exceptions on their way to whoever writes them.</summary>
internal sealed class RedactingLogger(ILogger inner, Lazy<TextSanitizer> sanitizer) : ILogger
{
    public bool IsEnabled(LogLevel logLevel) => inner.IsEnabled(logLevel);

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull
    {
        var text = state.ToString() ?? "";
        var clean = sanitizer.Value.Sanitize(text);
        var attributes = Clean(state, messageChanged: !ReferenceEquals(clean, text));
        return attributes is null && ReferenceEquals(clean, text)
            ? inner.BeginScope(state)
            : inner.BeginScope(new CleanState(clean, attributes ?? []));
    }

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (!inner.IsEnabled(logLevel))
        {
            return;
        }

        var text = formatter(state, exception);
        var clean = sanitizer.Value.Sanitize(text);
        var attributes = Clean(state, messageChanged: !ReferenceEquals(clean, text));
        var cleanException = Clean(exception);
        if (ReferenceEquals(clean, text) && attributes is null && ReferenceEquals(cleanException, exception))
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
            return;
        }

        var shown = attributes ?? state as IReadOnlyList<KeyValuePair<string, object?>> ?? [];
        inner.Log(logLevel, eventId, new CleanState(clean, shown), cleanException, static (state, _) => state.ToString());
    }

    // Returns null where nothing has to be changed. What is no text is looked at only where the message shows that something is there.
    private KeyValuePair<string, object?>[]? Clean<TState>(TState state, bool messageChanged)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> attributes)
        {
            return null;
        }

        KeyValuePair<string, object?>[]? changed = null;
        for (var i = 0; i < attributes.Count; i++)
        {
            var (name, value) = attributes[i];
            var text = value as string ?? (messageChanged || value is not (null or IFormattable or bool) ? value?.ToString() : null);
            if (text is not null && sanitizer.Value.Sanitize(text) is var clean && !ReferenceEquals(clean, text))
            {
                changed ??= [.. attributes];
                changed[i] = new(name, clean);
            }
        }

        return changed;
    }

    private Exception? Clean(Exception? exception)
    {
        if (exception is null)
        {
            return null;
        }

        var text = exception.ToString();
        var clean = sanitizer.Value.Sanitize(text);
        return ReferenceEquals(clean, text) ? exception : new CleanException(sanitizer.Value.Sanitize(exception.Message), clean);
    }

    /// <summary>A line as it may be read.</summary>
    private sealed class CleanState(string text, IReadOnlyList<KeyValuePair<string, object?>> attributes) : IReadOnlyList<KeyValuePair<string, object?>>
    {
        public int Count => attributes.Count;

        public KeyValuePair<string, object?> this[int index] => attributes[index];

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => attributes.GetEnumerator();

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

        public override string ToString() => text;
    }

    /// <summary>Stands for an exception whose text was sanitized; the text names its type.</summary>
    private sealed class CleanException(string message, string text) : Exception(message)
    {
        public override string ToString() => text;
    }
}
