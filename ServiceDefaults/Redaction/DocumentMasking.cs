using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Masks the values of a JSON document by the names of their fields. A rule holds for all that is inside the field, objects and lists too,
/// until a name in there has a rule of its own. Values that no rule is for are sanitized as text. Names, null and the structure stay.
/// </summary>
public sealed class DocumentMasking
{
    /// <summary>The most levels of a document.</summary>
    public const int MostLevels = 64;

    private static readonly JsonWriterOptions Output = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, MaxDepth = MostLevels };

    private readonly FieldRule[] rules;
    private readonly TextSanitizer sanitizer;

    internal DocumentMasking(IEnumerable<FieldRule> rules, TextSanitizer sanitizer) => (this.rules, this.sanitizer) = ([.. rules], sanitizer);

    /// <summary>Masks a document. Returns false where it is no JSON of at most <see cref="MostLevels"/> levels in UTF-8.</summary>
    public bool TryMask(ReadOnlySpan<byte> json, [NotNullWhen(true)] out byte[]? masked)
    {
        masked = null;
        var output = new ArrayBufferWriter<byte>(json.Length + 16);
        try
        {
            using var writer = new Utf8JsonWriter(output, Output);
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = MostLevels });
            var walk = new Walked(this, writer);
            while (reader.Read())
            {
                walk.Take(ref reader);
            }

            writer.Flush();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // The second: a string that is no UTF-8, or half a surrogate pair.
            return false;
        }

        masked = output.WrittenSpan.ToArray();
        return true;
    }

    private FieldMask? MaskFor(string name) => Array.Find(rules, rule => rule.IsFor(name))?.Mask;

    private sealed class Walked(DocumentMasking masking, Utf8JsonWriter writer)
    {
        // The mask that holds in each object and list around the place that is read.
        private readonly Stack<FieldMask?> around = new();
        private FieldMask? ofField;

        public void Take(ref Utf8JsonReader reader)
        {
            switch (reader.TokenType)
            {
                case JsonTokenType.PropertyName:
                    var name = reader.GetString()!;
                    writer.WritePropertyName(name);
                    ofField = masking.MaskFor(name) ?? around.Peek();
                    return;
                case JsonTokenType.StartObject:
                    writer.WriteStartObject();
                    around.Push(Current);
                    break;
                case JsonTokenType.StartArray:
                    writer.WriteStartArray();
                    around.Push(Current);
                    break;
                case JsonTokenType.EndObject:
                    writer.WriteEndObject();
                    around.Pop();
                    break;
                case JsonTokenType.EndArray:
                    writer.WriteEndArray();
                    around.Pop();
                    break;
                case JsonTokenType.Null:
                    writer.WriteNullValue();
                    break;
                case JsonTokenType.String:
                    var text = reader.GetString()!;
                    writer.WriteStringValue(Current?.Apply(text) ?? masking.sanitizer.Sanitize(text));
                    break;
                default:
                    Write(Encoding.UTF8.GetString(reader.ValueSpan));
                    break;
            }

            ofField = null;
        }

        // In a list there is no name: what holds around it holds.
        private FieldMask? Current => ofField ?? (around.Count > 0 ? around.Peek() : null);

        // A number or a truth: masked it is text; so is a number that is one of a card.
        private void Write(string raw)
        {
            if (Current is { } mask)
            {
                writer.WriteStringValue(mask.Apply(raw));
            }
            else if (masking.sanitizer.Sanitize(raw) is var clean && !ReferenceEquals(clean, raw))
            {
                writer.WriteStringValue(clean);
            }
            else
            {
                writer.WriteRawValue(raw);
            }
        }
    }
}
