using McpSecure.Cli.Output;
using ApiKeyMessage = McpSecure.ApiKey.V1.ApiKey;

namespace McpSecure.Cli.Commands;

/// <summary>Shows an API key without its secret.</summary>
internal sealed record ApiKeyView(
    string ApiKeyId,
    string Name,
    string OwnerId,
    IReadOnlyList<string> Scopes,
    string DisplayPrefix,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt)
{
    public static ApiKeyView Of(ApiKeyMessage key) => new(
        key.ApiKeyId,
        key.Name,
        key.OwnerId,
        [.. key.Scopes],
        key.DisplayPrefix,
        key.CreatedAt.ToDateTimeOffset(),
        key.ExpiresAt?.ToDateTimeOffset(),
        key.RevokedAt?.ToDateTimeOffset());

    public IEnumerable<(string Label, string Value)> ForPeople() =>
    [
        ("Name", Name),
        ("Id", ApiKeyId),
        ("Scopes", Text.List(Scopes)),
        ("Made", Text.Time(CreatedAt)),
        ("Ends", Text.Time(ExpiresAt)),
        ("Revoked", Text.Time(RevokedAt)),
    ];
}
