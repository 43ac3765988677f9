using System.CommandLine;
using System.Text;

namespace McpSecure.Cli.Input;

/// <summary>Lets a command take data to the byte, from a file or from standard input, which <c>-</c> names too.</summary>
internal sealed class DataInput(string what)
{
    /// <summary>Gets the option <c>--in</c>.</summary>
    public Option<string?> Option { get; } = FileOption.Create("--in", $"Read {what} from FILE. Default: standard input.");

    /// <summary>Reads a document; a person is told how to end it.</summary>
    public async Task<byte[]> ReadAsync(Invocation invocation, CancellationToken cancellationToken)
    {
        if (Path(invocation) is { } path)
        {
            return await InputFiles.ReadAllAsync(path, cancellationToken);
        }

        if (invocation.Terminal.CanAsk)
        {
            await invocation.Terminal.Error.WriteLineAsync($"{What.TrimEnd(',')}; Ctrl-D ends it:");
        }

        return await invocation.Input.ReadAllAsync(cancellationToken);
    }

    /// <summary>Reads what others must not see; a person is asked for a line, which is not shown.</summary>
    public async Task<byte[]> ReadHiddenAsync(Invocation invocation, CancellationToken cancellationToken) =>
        Path(invocation) is null && invocation.Terminal.CanAsk
            ? Encoding.UTF8.GetBytes(invocation.Terminal.AskHidden($"{What}: ") ?? "")
            : await ReadAsync(invocation, cancellationToken);

    /// <summary>Reads a text that others must not see, without white space around it: whatever wrote it ended its line.</summary>
    public async Task<string> ReadHiddenTextAsync(Invocation invocation, CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString(await ReadHiddenAsync(invocation, cancellationToken)).Trim();

    /// <summary>Opens the data, for whoever reads more than fits in memory.</summary>
    public Stream Open(Invocation invocation) =>
        Path(invocation) is { } path ? InputFiles.Open(path) : invocation.Terminal.InputBytes;

    private string What => $"{char.ToUpperInvariant(what[0])}{what[1..]}";

    private string? Path(Invocation invocation) => invocation.Arguments.GetValue(Option) is { } path and not "-" ? path : null;
}
