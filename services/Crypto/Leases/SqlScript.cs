using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace McpSecure.Crypto;

/// <summary>
/// SQL statements of an administrator with placeholders, read by the lexical rules of Postgres (manual, §4.1) only as far as it takes to part
/// statements at their semicolons and to know that a placeholder stands outside quotes and comments. Whether they are SQL, Postgres says.
/// </summary>
internal sealed class SqlScript
{
    // Each script runs inside one transaction of ours; COPY would wait for data that never comes.
    private static readonly FrozenSet<string> Refused = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase, "BEGIN", "START", "COMMIT", "END", "ROLLBACK", "ABORT", "SAVEPOINT", "RELEASE", "PREPARE", "COPY");

    private readonly ImmutableArray<ImmutableArray<Piece>> statements;

    private SqlScript(ImmutableArray<ImmutableArray<Piece>> statements) => this.statements = statements;

    /// <summary>Reads a script.</summary>
    /// <param name="text">The script.</param>
    /// <param name="required">The placeholders that it must have; it may have no others.</param>
    /// <param name="script">The script, where it is one.</param>
    /// <param name="flaw">What is wrong, where it is not: a sentence without its subject.</param>
    public static bool TryParse(
        string text, IReadOnlyCollection<string> required, [NotNullWhen(true)] out SqlScript? script, [NotNullWhen(false)] out string? flaw)
    {
        var read = ImmutableArray.CreateBuilder<ImmutableArray<Piece>>();
        flaw = new SqlScriptReader(text).ReadAll(read) ?? WhyNot(read, required);
        script = flaw is null ? new SqlScript(read.ToImmutable()) : null;
        return script is not null;
    }

    /// <summary>Writes the statements with values in the place of their placeholders. A value is SQL already.</summary>
    public IReadOnlyList<string> Render(IReadOnlyDictionary<string, string> values) =>
    [
        .. statements.Select(pieces =>
        {
            var sql = new StringBuilder();
            foreach (var piece in pieces)
            {
                sql.Append(piece.Placeholder is { } name ? values[name] : piece.Text);
            }

            return sql.ToString();
        }),
    ];

    private static string? WhyNot(ImmutableArray<ImmutableArray<Piece>>.Builder read, IReadOnlyCollection<string> required)
    {
        var found = read.SelectMany(pieces => pieces).Select(piece => piece.Placeholder).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (found.Except(required, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
        {
            return $"names {{{{{unknown}}}}}, which is no placeholder here: {Listed(required)}.";
        }

        if (required.Except(found, StringComparer.Ordinal).FirstOrDefault() is { } missing)
        {
            return $"lacks {{{{{missing}}}}}.";
        }

        return read.Select(FirstWord).FirstOrDefault(Refused.Contains) is { } word
            ? $"holds {word.ToUpperInvariant()}: it runs in one transaction of the service's and may not control it, nor copy."
            : null;
    }

    private static string FirstWord(ImmutableArray<Piece> pieces) =>
        pieces.FirstOrDefault(piece => !piece.IsBlank)?.Text is { } text
            ? string.Concat(text.TrimStart().TakeWhile(char.IsAsciiLetter))
            : "";

    private static string Listed(IEnumerable<string> placeholders) => string.Join(", ", placeholders.Select(name => $"{{{{{name}}}}}"));

    /// <summary>A stretch of a statement.</summary>
    /// <param name="Text">Its text.</param>
    /// <param name="Placeholder">The placeholder that it is, or null.</param>
    /// <param name="IsBlank">Whether it is a comment or white space.</param>
    internal sealed record Piece(string Text, string? Placeholder = null, bool IsBlank = false);
}
