using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using System.Text.Unicode;

namespace McpSecure.Crypto;

/// <summary>
/// Holds a JSON document and knows where its sensitive values are. What is changed is spliced into the bytes that came, so that everything
/// else (numbers, escapes, order, white space) leaves as it came.
/// </summary>
internal sealed class ConfigurationDocument
{
    public const int MostLevels = 64;
    public const int MostValues = 1000;
    public const int LongestNameInBytes = 1024;

    private readonly ReadOnlyMemory<byte> json;

    private ConfigurationDocument(ReadOnlyMemory<byte> json, IReadOnlyList<PlainValue> plain, IReadOnlyList<ProtectedValue> @protected)
    {
        this.json = json;
        (Plain, Protected) = (plain, @protected);
    }

    /// <summary>Gets the sensitive values that are not protected yet, in order.</summary>
    public IReadOnlyList<PlainValue> Plain { get; }

    /// <summary>Gets the values that are protected, in order.</summary>
    public IReadOnlyList<ProtectedValue> Protected { get; }

    /// <summary>Reads a document. Returns false, and what is wrong, where it is no object or cannot be protected and restored without a doubt.</summary>
    public static bool TryParse(ReadOnlyMemory<byte> json, [NotNullWhen(true)] out ConfigurationDocument? document, [NotNullWhen(false)] out string? fault)
    {
        document = null;
        if (!Utf8.IsValid(json.Span))
        {
            fault = "is not UTF-8.";
            return false;
        }

        try
        {
            var walk = new ConfigurationWalk(json);
            fault = walk.Run();
            if (fault is null)
            {
                document = new ConfigurationDocument(json, walk.Plain, walk.Protected);
                return true;
            }
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // Neither's message: it may quote the document. The second is thrown for half a surrogate pair in a name.
            fault = $"is no JSON object of at most {MostLevels} levels (RFC 8259).";
        }

        return false;
    }

    /// <summary>Returns the raw bytes of a value between its quotes.</summary>
    public ReadOnlySpan<byte> Content(Range value) => json.Span[value];

    /// <summary>Returns the document with some of its ranges replaced.</summary>
    /// <param name="edits">Ranges that do not overlap, in any order.</param>
    public byte[] With(IEnumerable<(Range Range, byte[] Replacement)> edits)
    {
        var ordered = edits.Select(edit => (Start: edit.Range.Start.Value, End: edit.Range.End.Value, edit.Replacement)).OrderBy(edit => edit.Start).ToList();
        var changed = new byte[json.Length + ordered.Sum(edit => edit.Replacement.Length - (edit.End - edit.Start))];
        var (read, written) = (0, 0);
        foreach (var (start, end, replacement) in ordered)
        {
            Copy(start);
            replacement.CopyTo(changed, written);
            (read, written) = (end, written + replacement.Length);
        }

        Copy(json.Length);
        return changed;

        void Copy(int upTo)
        {
            json.Span[read..upTo].CopyTo(changed.AsSpan(written));
            written += upTo - read;
        }
    }
}

/// <summary>A sensitive value as it came.</summary>
/// <param name="Pointer">Where it is, as a JSON Pointer (RFC 6901).</param>
/// <param name="Name">The bytes of its name between the quotes, escapes and all.</param>
/// <param name="Content">The bytes of the value between the quotes, escapes and all.</param>
internal sealed record PlainValue(string Pointer, Range Name, Range Content);

/// <summary>A value that is protected.</summary>
/// <param name="Pointer">Where it is, as a JSON Pointer (RFC 6901).</param>
/// <param name="Content">The bytes of its ciphertext between the quotes.</param>
/// <param name="Flag">The bytes to remove with the flag: its member and one comma.</param>
internal sealed record ProtectedValue(string Pointer, Range Content, Range Flag);
