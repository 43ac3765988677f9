using System.Text;

namespace McpSecure.Cli.Input;

/// <summary>Hands out standard input: line by line to several secrets in the order they are asked for, or as a whole.</summary>
internal sealed class StandardInput(Terminal terminal)
{
    private StreamReader? lines;

    /// <summary>Reads the next line without its end; null where there is none.</summary>
    public string? ReadLine()
    {
        lines ??= new StreamReader(terminal.InputBytes, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        return lines.ReadLine();
    }

    /// <summary>Reads everything, to the byte.</summary>
    public async Task<byte[]> ReadAllAsync(CancellationToken cancellationToken) =>
        await InputFiles.ReadAllAsync(terminal.InputBytes, "standard input", cancellationToken);
}
