using McpSecure.Cli.Input;

namespace McpSecure.Cli.Output;

/// <summary>Writes what went wrong to standard error, for people or for programs.</summary>
internal static class ErrorWriter
{
    public static void Write(Terminal terminal, bool asJson, ErrorDetails error)
    {
        if (asJson)
        {
            terminal.Error.WriteLine(OutputJson.Write(new ErrorDocument(error), OutputJson.Document));
            return;
        }

        terminal.Error.WriteLine(Text.OneLine($"error: {error.Message} ({error.Reason})"));
        foreach (var (field, description) in error.Fields)
        {
            terminal.Error.WriteLine($"  {Text.OneLine($"{field}: {description}")}");
        }

        foreach (var (name, value) in error.Details.OrderBy(detail => detail.Key, StringComparer.Ordinal))
        {
            terminal.Error.WriteLine($"  {Text.OneLine($"{name}: {value}")}");
        }

        if (error.Hint is not null)
        {
            terminal.Error.WriteLine(Text.OneLine($"hint: {error.Hint}"));
        }

        if (error.Status is not null)
        {
            terminal.Error.WriteLine($"trace: {error.TraceId}");
        }
    }
}
