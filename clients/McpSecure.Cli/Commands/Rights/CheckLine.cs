using System.Text.Json;
using System.Text.Json.Serialization;
using McpSecure.Authorization.V1;

namespace McpSecure.Cli.Commands;

/// <summary>
/// Is one question of a batch, one line in and one line out. What comes out can go in again: the answer in it is not read.
/// </summary>
/// <param name="Id">Names the question for its owner; any text or number.</param>
/// <param name="Principal">Who; null for what the command line says. So are the next four.</param>
/// <param name="Organization">In which organization, by name or id; empty for the platform.</param>
/// <param name="SecondFactor">Whether the token shows a recent second factor.</param>
/// <param name="Scopes">The scopes of the token.</param>
/// <param name="NarrowedTo">What the API key may do at most.</param>
/// <param name="Resource">On what.</param>
/// <param name="Action">What.</param>
/// <param name="Allowed">The answer.</param>
/// <param name="Reason">What decided.</param>
internal sealed record CheckLine(
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Id,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Principal,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Organization,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? SecondFactor,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Scopes,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? NarrowedTo,
    string? Resource,
    string? Action,
    bool? Allowed,
    DecisionReason? Reason)
{
    private static readonly JsonSerializerOptions Strict = new(JsonSerializerOptions.Strict)
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        RespectRequiredConstructorParameters = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    /// <summary>Reads a line; null where it is no question.</summary>
    public static CheckLine? TryRead(ReadOnlySpan<byte> line)
    {
        try
        {
            var read = JsonSerializer.Deserialize<CheckLine>(line, Strict);
            return read is { Resource: not null, Action: not null }
                && read.Id?.ValueKind is null or JsonValueKind.String or JsonValueKind.Number
                && (read.Principal is null || Principals.IsName(read.Principal))
                && (read.Scopes ?? []).All(scope => scope is not null)
                && (read.NarrowedTo ?? []).All(pattern => pattern is not null && ResourceAction.TryRead(pattern) is not null)
                ? read
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null; // InvalidOperationException: an escape that is half a character
        }
    }
}
