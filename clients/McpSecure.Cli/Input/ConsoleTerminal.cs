using System.Text;

namespace McpSecure.Cli.Input;

/// <summary>Is the console that the command was started on.</summary>
internal sealed class ConsoleTerminal : Terminal
{
    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false);

    public override TextWriter Out { get; } = new StreamWriter(Console.OpenStandardOutput(), Utf8) { AutoFlush = true, NewLine = "\n" };

    public override TextWriter Error { get; } = new StreamWriter(Console.OpenStandardError(), Utf8) { AutoFlush = true, NewLine = "\n" };

    public override Stream InputBytes { get; } = Console.OpenStandardInput();

    public override Stream OutputBytes { get; } = Console.OpenStandardOutput();

    public override bool CanAsk => !Console.IsInputRedirected && !Console.IsErrorRedirected;

    public override bool IsOutputForPeople => !Console.IsOutputRedirected;

    public override string? Ask(string prompt)
    {
        Error.Write(prompt);
        return Console.ReadLine();
    }

    public override string? AskHidden(string prompt)
    {
        Error.Write(prompt);
        var line = new StringBuilder();
        while (true)
        {
            var key = Console.ReadKey(intercept: true);
            switch (key.Key)
            {
                case ConsoleKey.Enter:
                    Error.WriteLine();
                    return line.ToString();
                case ConsoleKey.Backspace when line.Length > 0:
                    line.Length--;
                    break;
                case ConsoleKey.D when key.Modifiers == ConsoleModifiers.Control:
                    Error.WriteLine();
                    return null;
                default:
                    if (!char.IsControl(key.KeyChar))
                    {
                        line.Append(key.KeyChar);
                    }

                    break;
            }
        }
    }
}
