namespace McpSecure.Cli.Input;

/// <summary>Joins what a command reads and writes, so that a test can stand in for a person or a pipe.</summary>
internal abstract class Terminal
{
    /// <summary>Takes the answer: text for people, or the one JSON document.</summary>
    public abstract TextWriter Out { get; }

    /// <summary>Takes what is not the answer: errors, prompts, notes.</summary>
    public abstract TextWriter Error { get; }

    /// <summary>Gives the bytes of standard input.</summary>
    public abstract Stream InputBytes { get; }

    /// <summary>Takes an answer that is bytes, not text.</summary>
    public abstract Stream OutputBytes { get; }

    /// <summary>Tells whether a person can be asked: standard input and the prompt's stream are a terminal.</summary>
    public abstract bool CanAsk { get; }

    /// <summary>Tells whether a person reads the answer: standard output is a terminal.</summary>
    public abstract bool IsOutputForPeople { get; }

    /// <summary>Asks for a line and shows what is typed. Answers null where input ended.</summary>
    public abstract string? Ask(string prompt);

    /// <summary>Asks for a line and shows nothing of what is typed. Answers null where input ended.</summary>
    public abstract string? AskHidden(string prompt);
}
