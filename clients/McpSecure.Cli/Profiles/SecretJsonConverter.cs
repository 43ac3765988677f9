using System.Text.Json;
using System.Text.Json.Serialization;
using McpSecure.Cli.Input;

namespace McpSecure.Cli.Profiles;

/// <summary>Reads and writes a secret in the session file; nothing else serializes one.</summary>
internal sealed class SecretJsonConverter : JsonConverter<Secret>
{
    public override Secret Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        new(reader.GetString() ?? throw new JsonException("A secret is a string."));

    public override void Write(Utf8JsonWriter writer, Secret value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Reveal());
}
