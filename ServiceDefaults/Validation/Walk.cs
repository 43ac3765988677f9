using System.Text;
using Google.Rpc;

namespace McpSecure.ServiceDefaults;

/// <summary>Knows where in a request a check stands and collects what it finds. Allocates only when something is wrong.</summary>
internal sealed class Walk
{
    /// <summary>The most violations that are told: they travel in a header, of which clients read 8 KiB.</summary>
    public const int MostViolations = 24;

    private const int LongestKey = 33;

    private readonly List<(string Field, int Index, string? Key)> path = [];

    /// <summary>Gets what was found; null: nothing.</summary>
    public List<BadRequest.Types.FieldViolation>? Violations { get; private set; }

    /// <summary>Goes into a field; the index is -1 where the field is no list, the key null where it is no map.</summary>
    public void Enter(string field, int index = -1, string? key = null) => path.Add((field, index, key));

    public void Leave() => path.RemoveAt(path.Count - 1);

    /// <summary>Notes that the place where the walk stands is at fault.</summary>
    public void Fault(string description)
    {
        Violations ??= [];
        if (Violations.Count < MostViolations)
        {
            Violations.Add(new BadRequest.Types.FieldViolation { Field = Path(), Description = description });
        }
    }

    public void Reset()
    {
        path.Clear();
        Violations = null;
    }

    private string Path()
    {
        var text = new StringBuilder();
        foreach (var (field, index, key) in path)
        {
            if (text.Length > 0)
            {
                text.Append('.');
            }

            text.Append(field);
            if (index >= 0)
            {
                text.Append('[').Append(index).Append(']');
            }
            else if (key is not null)
            {
                // A key is the caller's text: enough of it to be found, in quotes.
                text.Append("[\"").Append(PrintableText.Of(key, LongestKey)).Append("\"]");
            }
        }

        return text.ToString();
    }
}
