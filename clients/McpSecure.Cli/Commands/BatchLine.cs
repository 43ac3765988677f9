using System.Text.Json;
using System.Text.Json.Serialization;
using Google.Protobuf;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary>
/// Is one item of a batch, one line in and one line out, in one form: what <c>encrypt</c> writes, <c>rewrap</c> and <c>decrypt</c> read.
/// </summary>
/// <param name="Id">Names the item for its owner; any text or number.</param>
/// <param name="Value">The text or the ciphertext.</param>
/// <param name="Base64">The plaintext instead, where it is no text.</param>
/// <param name="Context">What is bound to it; null for what the command line says.</param>
/// <param name="Refused">Why there is no value.</param>
internal sealed record BatchLine(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Value,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Base64,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Context,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Refused)
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectRequiredConstructorParameters = false,
    };

    /// <summary>Reads a line; null where it is none that a batch may hold.</summary>
    public static BatchLine? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            var read = JsonSerializer.Deserialize<BatchLine>(line, Strict);
            return read is { Refused: null } && (read.Value is null) != (read.Base64 is null)
                && read.Id?.ValueKind is null or JsonValueKind.String or JsonValueKind.Number
                ? read
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // InvalidOperationException: an escape that is half a character
        }
    }

    /// <summary>Answers the item's name on the wire.</summary>
    [JsonIgnore]
    public string WireId => $"{Id}";

    /// <summary>Answers the item with a text or ciphertext in place of what it held.</summary>
    public BatchLine With(string value) => this with { Value = value, Base64 = null };

    /// <summary>Answers the item with a plaintext in place of its ciphertext.</summary>
    public BatchLine With(ByteString plaintext) =>
        Text.OfUtf8(plaintext.Span) is { } text ? With(text) : this with { Value = null, Base64 = plaintext.ToBase64() };

    /// <summary>Answers the item without a value.</summary>
    public BatchLine Without(ErrorReason reason) => this with { Value = null, Base64 = null, Refused = RemoteError.NameOf(reason) };
}
