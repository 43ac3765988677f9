using McpSecure.ApiKey.V1;
using McpSecure.Cli.Output;
using ApiKeyMessage = McpSecure.ApiKey.V1.ApiKey;

namespace McpSecure.Cli.Commands;

/// <summary>Shows an API key without its secret.</summary>
internal sealed record ApiKeyView(
    string ApiKeyId,
    string Name,
    string OwnerId,
    string? OrganizationId,
    ApiKeyState State,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<ResourceAction> Permissions,
    IReadOnlyList<string> Networks,
    KeyRateView? RateLimit,
    IReadOnlyDictionary<string, string> Metadata,
    string DisplayPrefix,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? DisabledAt,
    DateTimeOffset? RevokedAt,
    string? SuccessorId,
    DateTimeOffset? LastUsedAt)
{
    public static ApiKeyView Of(ApiKeyMessage key) => new(
        key.ApiKeyId,
        key.Name,
        key.OwnerId,
        Text.Given(key.OrganizationId),
        key.State,
        [.. key.Scopes],
        PermissionsOf(key.Permissions),
        [.. key.AllowedNetworks],
        KeyRateView.Of(key.RateLimit),
        key.Metadata.ToDictionary(StringComparer.Ordinal),
        key.DisplayPrefix,
        key.CreatedAt.ToDateTimeOffset(),
        key.ExpiresAt?.ToDateTimeOffset(),
        key.DisabledAt?.ToDateTimeOffset(),
        key.RevokedAt?.ToDateTimeOffset(),
        Text.Given(key.SuccessorId),
        key.LastUsedAt?.ToDateTimeOffset());

    /// <summary>Answers a key.</summary>
    public static void Write(Invocation invocation, ApiKeyMessage key) => invocation.Answer.Write(Of(key), view => Table.Details([.. view.ForPeople()]));

    public IEnumerable<(string Label, string Value)> ForPeople() =>
    [
        ("Name", Name),
        ("Id", ApiKeyId),
        ("Prefix", DisplayPrefix),
        ("Owner", OwnerId),
        ("Organization", OrganizationId ?? ""),
        ("State", StateName(State)),
        ("Scopes", Text.List(Scopes)),
        ("Permissions", Text.List(Permissions.Select(one => $"{one}"))),
        ("Networks", Text.List(Networks)),
        ("Rate", KeyRate.Write(RateLimit)),
        .. Metadata.OrderBy(fact => fact.Key, StringComparer.Ordinal).Select(fact => ("Metadata", $"{fact.Key}={fact.Value}")),
        ("Made", Text.Time(CreatedAt)),
        ("Ends", Text.Time(ExpiresAt)),
        ("Disabled", Text.Time(DisabledAt)),
        ("Revoked", Text.Time(RevokedAt)),
        ("Successor", SuccessorId ?? ""),
        ("Last used", Text.Time(LastUsedAt)),
    ];

    /// <summary>Answers what people call a state.</summary>
    public static string StateName(ApiKeyState state) => state switch
    {
        ApiKeyState.Unspecified => "unknown",
        ApiKeyState.Enabled => "enabled",
        ApiKeyState.Disabled => "disabled",
        ApiKeyState.Rotated => "rotated",
        ApiKeyState.Expired => "expired",
        ApiKeyState.Revoked => "revoked",
    };

    /// <summary>Shows permissions.</summary>
    public static IReadOnlyList<ResourceAction> PermissionsOf(IEnumerable<ApiKeyPermission> permissions) =>
        [.. permissions.Select(one => new ResourceAction(one.ResourcePattern, one.ActionPattern))];
}
