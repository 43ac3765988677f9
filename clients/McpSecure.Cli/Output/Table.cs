using System.Text;

namespace McpSecure.Cli.Output;

/// <summary>Lays text out in columns that align on any terminal and split well on two spaces in a pipe.</summary>
internal static class Table
{
    private const string Gap = "  ";

    /// <summary>Lays out rows under headers; <paramref name="nothing"/> stands alone where there are none.</summary>
    public static string Rows(string nothing, IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        var cells = rows.Select(row => row.Select(Text.OneLine).ToArray()).ToList();
        return cells.Count == 0 ? nothing : LayOut([[.. headers.Select(header => header.ToUpperInvariant())], .. cells]);
    }

    /// <summary>Lays out one thing as labels and values.</summary>
    public static string Details(params IReadOnlyList<(string Label, string Value)> lines) =>
        LayOut([.. lines.Select(line => new[] { line.Label + ":", Text.OneLine(line.Value) })]);

    private static string LayOut(IReadOnlyList<string[]> rows)
    {
        var widths = new int[rows[0].Length];
        foreach (var row in rows)
        {
            for (var i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], row[i].Length);
            }
        }

        var text = new StringBuilder();
        foreach (var row in rows)
        {
            var line = string.Join(Gap, row.Select((cell, i) => cell.PadRight(widths[i])));
            text.Append(line.TrimEnd()).Append('\n');
        }

        return text.ToString();
    }
}
