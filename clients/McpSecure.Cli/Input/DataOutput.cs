using System.CommandLine;
using McpSecure.Cli.Output;
using McpSecure.Cli.Profiles;

namespace McpSecure.Cli.Input;

/// <summary>Writes data to the byte: to a file that only its owner may read, or to standard output, which <c>-</c> names too.</summary>
internal sealed class DataOutput(string what)
{
    /// <summary>Gets the option <c>--out</c>.</summary>
    public Option<string?> Option { get; } =
        FileOption.Create("--out", $"Write {what} to FILE, which only its owner may read. Default: standard output.");

    /// <summary>Writes data; a program that asked for JSON gets a document instead, which holds them where no file does.</summary>
    public async Task WriteAsync<T>(Invocation invocation, ReadOnlyMemory<byte> data, Func<string?, T> document, CancellationToken cancellationToken)
    {
        if (File(invocation) is null && invocation.Answer.IsJson)
        {
            invocation.Answer.Write(document(null), _ => "");
        }
        else
        {
            await WriteDocumentAsync(invocation, data, document, cancellationToken);
        }
    }

    /// <summary>Writes data that are a JSON document already, and therefore the answer for a program too.</summary>
    public async Task WriteDocumentAsync<T>(Invocation invocation, ReadOnlyMemory<byte> data, Func<string, T> document, CancellationToken cancellationToken)
    {
        if (File(invocation) is { } path)
        {
            OwnerOnlyFile.Write(path, data.Span);
            invocation.Answer.Write(document(path), _ => $"{path} was written.");
        }
        else
        {
            await WriteRawAsync(invocation, what, data, cancellationToken);
        }
    }

    /// <summary>Writes data to standard output, and to a person's terminal only what does not steer it (CWE-150).</summary>
    public static async Task WriteRawAsync(Invocation invocation, string what, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (!invocation.Terminal.IsOutputForPeople)
        {
            await invocation.Terminal.OutputBytes.WriteAsync(data, cancellationToken);
        }
        else if (Text.OfUtf8(data.Span) is { } text && IsHarmless(text))
        {
            await invocation.Terminal.Out.WriteLineAsync(text.AsMemory(), cancellationToken);
        }
        else
        {
            throw CommandFailure.InvalidInput(
                $"{char.ToUpperInvariant(what[0])}{what[1..]} is not text and is not shown on a terminal.", "Write it to a file, or pipe it.");
        }
    }

    // A carriage return alone would write over the line; one before a line feed does nothing.
    private static bool IsHarmless(string text) =>
        !text.Replace("\r\n", "\n", StringComparison.Ordinal).EnumerateRunes().Any(rune => rune.Value != '\t' && Text.Steers(rune));

    private string? File(Invocation invocation) => invocation.Arguments.GetValue(Option) is { } path and not "-" ? path : null;
}
