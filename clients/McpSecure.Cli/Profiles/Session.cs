using System.Text.Json.Serialization;
using McpSecure.Cli.Input;

namespace McpSecure.Cli.Profiles;

/// <summary>Tells who signed in, and holds what proves it.</summary>
internal sealed record Session(
    string UserId,
    string Username,
    [property: JsonConverter(typeof(SecretJsonConverter))] Secret Token,
    DateTimeOffset ExpiresAt,
    IReadOnlyList<string> AuthenticationMethods);
