using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace McpSecure.Cli.Output;

/// <summary>Says how documents for programs are written: lower camel case, indented, enums by name, times as RFC 3339 in UTC.</summary>
internal static class OutputJson
{
    /// <summary>Gets the form of a document of its own.</summary>
    public static JsonSerializerOptions Document { get; } = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        NewLine = "\n",
        // The reader is a program or a terminal, not a page: keep `<`, `+` and letters of all languages readable.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase), new UtcTimeConverter() },
    };

    /// <summary>Gets the form of a line among lines.</summary>
    public static JsonSerializerOptions Line { get; } = new(Document) { WriteIndented = false };

    /// <summary>
    /// Writes a document. What steers a terminal is escaped: the encoder leaves the characters that turn the direction of writing, and a
    /// document is read on terminals too. They can stand only in strings, where an escape means the same.
    /// </summary>
    public static string Write<T>(T document, JsonSerializerOptions options)
    {
        var json = JsonSerializer.Serialize(document, options);
        if (!json.EnumerateRunes().Any(Text.Steers))
        {
            return json;
        }

        var escaped = new StringBuilder(json.Length);
        foreach (var rune in json.EnumerateRunes())
        {
            if (Text.Steers(rune))
            {
                foreach (var unit in rune.ToString())
                {
                    escaped.Append($"\\u{(int)unit:x4}");
                }
            }
            else
            {
                escaped.Append(rune.ToString());
            }
        }

        return escaped.ToString();
    }

    private sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.GetDateTimeOffset();

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) =>
            writer.WriteStringValue(value.UtcDateTime); // with `Z`, and only as many decimals as there are
    }
}
