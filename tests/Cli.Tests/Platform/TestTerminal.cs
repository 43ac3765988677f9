using System.Text;
using McpSecure.Cli.Input;

namespace McpSecure.Cli.Tests;

/// <summary>Is a pipe, or a person who types prepared lines, and keeps all that was written.</summary>
internal sealed class TestTerminal(string input = "", params string[] typed) : Terminal
{
    private readonly Queue<string> lines = new(typed);
    private readonly Watched output = new();
    private readonly Watched error = new();
    private readonly MemoryStream bytes = new();

    public override TextWriter Out => output;

    public override TextWriter Error => error;

    public override Stream InputBytes { get; } = new MemoryStream(Encoding.UTF8.GetBytes(input));

    public override Stream OutputBytes => bytes;

    public override bool CanAsk => typed.Length > 0;

    public override bool IsOutputForPeople => ReadByPeople;

    public bool ReadByPeople { get; init; }

    /// <summary>Gets the prompts that were shown.</summary>
    public List<string> Prompts { get; } = [];

    public byte[] WrittenBytes => bytes.ToArray();

    public override string? Ask(string prompt) => AskHidden(prompt);

    public override string? AskHidden(string prompt)
    {
        Prompts.Add(prompt);
        return lines.TryDequeue(out var line) ? line : null;
    }

    /// <summary>Waits until standard output holds a text.</summary>
    public Task WaitForAsync(string text) => output.WaitForAsync(text).WaitAsync(TimeSpan.FromSeconds(20));

    private sealed class Watched : StringWriter
    {
        private readonly Lock change = new();
        private readonly List<(string Text, TaskCompletionSource Seen)> awaited = [];

        public Watched() => NewLine = "\n";

        public override void WriteLine(string? value)
        {
            lock (change)
            {
                base.WriteLine(value);
                foreach (var (_, seen) in awaited.Where(one => Holds(one.Text)))
                {
                    seen.TrySetResult();
                }
            }
        }

        public Task WaitForAsync(string text)
        {
            lock (change)
            {
                var seen = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                awaited.Add((text, seen));
                if (Holds(text))
                {
                    seen.SetResult();
                }

                return seen.Task;
            }
        }

        private bool Holds(string text) => ToString().Contains(text, StringComparison.Ordinal);
    }
}
