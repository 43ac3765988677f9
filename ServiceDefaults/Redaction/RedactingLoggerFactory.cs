using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Makes loggers through which nothing passes that the rules find: no provider, neither console nor OTLP nor one that is added later, gets
/// to see it. A line in which nothing is found passes as it is.
/// </summary>
internal sealed class RedactingLoggerFactory(LoggerFactory inner, IOptions<RedactionOptions> options) : ILoggerFactory
{
    // Wrong settings end the start a moment later; until then the built-in rules hold.
    private readonly Lazy<TextSanitizer> sanitizer = new(() =>
    {
        try
        {
            return new Redaction(options.Value).Records;
        }
        catch (OptionsValidationException)
        {
            return TextSanitizer.OfRecords;
        }
    });

    public ILogger CreateLogger(string categoryName) => new RedactingLogger(inner.CreateLogger(categoryName), sanitizer);

    public void AddProvider(ILoggerProvider provider) => inner.AddProvider(provider);

    public void Dispose() => inner.Dispose();
}
