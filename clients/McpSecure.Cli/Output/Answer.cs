using McpSecure.Cli.Input;

namespace McpSecure.Cli.Output;

/// <summary>Writes the answer of a command once: as text for people, or as the one JSON document for programs.</summary>
internal sealed class Answer(Terminal terminal, bool asJson)
{
    /// <summary>Gets whether a program asked.</summary>
    public bool IsJson => asJson;

    /// <summary>Writes a document, or the text that people read instead.</summary>
    public void Write<T>(T document, Func<T, string> text)
    {
        if (asJson)
        {
            terminal.Out.WriteLine(OutputJson.Write(document, OutputJson.Document));
        }
        else
        {
            terminal.Out.WriteLine(Text.Printable(text(document).TrimEnd('\n')));
        }
    }

    /// <summary>Writes one of many documents on a line of its own (JSON Lines), or the line that people read instead.</summary>
    public void WriteLine<T>(T document, Func<T, string> text) =>
        terminal.Out.WriteLine(asJson ? OutputJson.Write(document, OutputJson.Line) : text(document));

    /// <summary>Tells people something beside the answer; a program is not told.</summary>
    public void Note(string text)
    {
        if (!asJson)
        {
            terminal.Error.WriteLine(Text.Printable(text));
        }
    }
}
