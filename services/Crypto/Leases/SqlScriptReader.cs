using System.Collections.Immutable;
using Piece = McpSecure.Crypto.SqlScript.Piece;

namespace McpSecure.Crypto;

/// <summary>Parts a script into statements, and these into text, comments and placeholders.</summary>
internal sealed class SqlScriptReader(string text)
{
    private const string Opening = "{{";
    private const string Closing = "}}";

    private readonly ImmutableArray<Piece>.Builder pieces = ImmutableArray.CreateBuilder<Piece>();
    private int begun;
    private int at;

    /// <summary>Reads all statements that are not empty. Returns what is wrong, or null.</summary>
    public string? ReadAll(ImmutableArray<ImmutableArray<Piece>>.Builder statements)
    {
        if (text.Contains('\0'))
        {
            return "holds a zero character.";
        }

        while (at < text.Length)
        {
            var flaw = text[at] switch
            {
                ';' => EndStatement(statements),
                '\'' => ReadQuoted('\'', escapes: IsEscapeString()),
                '"' => ReadQuoted('"', escapes: false),
                '$' when DollarTag() is { } tag => ReadTo(tag, at + tag.Length),
                '-' when Next("--") => ReadComment(text.IndexOf('\n', at) is var end and >= 0 ? end + 1 : text.Length),
                '/' when Next("/*") => EndOfBlockComment() is { } end ? ReadComment(end) : "ends within a comment.",
                '{' when Next(Opening) => ReadPlaceholder(),
                _ => Step(),
            };
            if (flaw is not null)
            {
                return flaw;
            }
        }

        EndStatement(statements);
        return statements.Count == 0 ? "holds no statement." : null;
    }

    private string? Step()
    {
        at++;
        return null;
    }

    private string? EndStatement(ImmutableArray<ImmutableArray<Piece>>.Builder statements)
    {
        Take(at);
        if (pieces.Any(piece => !piece.IsBlank))
        {
            statements.Add(pieces.ToImmutable());
        }

        pieces.Clear();
        begun = ++at;
        return null;
    }

    private string? ReadQuoted(char quote, bool escapes)
    {
        for (var i = at + 1; i < text.Length; i++)
        {
            if (escapes && text[i] == '\\')
            {
                i++;
            }
            else if (text[i] == quote && i + 1 < text.Length && text[i + 1] == quote)
            {
                i++;
            }
            else if (text[i] == quote)
            {
                return Pass(i + 1);
            }
        }

        return "ends within quotes.";
    }

    private string? ReadTo(string closing, int from) =>
        text.IndexOf(closing, from, StringComparison.Ordinal) is var end and >= 0 ? Pass(end + closing.Length) : "ends within quotes.";

    // What is quoted stays as it is; a placeholder in it would be quoted twice, or not be one.
    private string? Pass(int end)
    {
        var holds = text.AsSpan(at..end).Contains(Opening, StringComparison.Ordinal);
        at = end;
        return holds ? "has a placeholder in quotes: it stands outside, and brings its own." : null;
    }

    private string? ReadComment(int end)
    {
        Take(at);
        pieces.Add(new Piece(" ", IsBlank: true));
        at = begun = end;
        return null;
    }

    private string? ReadPlaceholder()
    {
        var end = text.IndexOf(Closing, at, StringComparison.Ordinal);
        if (end < 0)
        {
            return "has {{ without }}.";
        }

        Take(at);
        pieces.Add(new Piece("", text[(at + Opening.Length)..end].Trim()));
        at = begun = end + Closing.Length;
        return null;
    }

    private void Take(int end)
    {
        if (end > begun)
        {
            var piece = text[begun..end];
            pieces.Add(new Piece(piece, IsBlank: string.IsNullOrWhiteSpace(piece)));
        }
    }

    // Block comments nest.
    private int? EndOfBlockComment()
    {
        for (var (i, depth) = (at, 0); i + 1 < text.Length; i++)
        {
            var two = text.AsSpan(i, 2);
            if (two is "/*")
            {
                (depth, i) = (depth + 1, i + 1);
            }
            else if (two is "*/")
            {
                (depth, i) = (depth - 1, i + 1);
                if (depth == 0)
                {
                    return i + 1;
                }
            }
        }

        return null;
    }

    // E'…', where the E is not the end of a longer word.
    private bool IsEscapeString() => at > 0 && text[at - 1] is 'E' or 'e' && (at == 1 || !IsWord(text[at - 2]));

    // $$ or $tag$, where the first $ is not part of a word.
    private string? DollarTag()
    {
        if (at > 0 && IsWord(text[at - 1]))
        {
            return null;
        }

        var end = at + 1;
        while (end < text.Length && IsWord(text[end]) && text[end] != '$' && !(end == at + 1 && char.IsAsciiDigit(text[end])))
        {
            end++;
        }

        return end < text.Length && text[end] == '$' ? text[at..(end + 1)] : null;
    }

    private bool Next(string mark) => string.CompareOrdinal(text, at, mark, 0, mark.Length) == 0;

    private static bool IsWord(char character) => char.IsAsciiLetterOrDigit(character) || character is '_' or '$' || character >= 0x80;
}
