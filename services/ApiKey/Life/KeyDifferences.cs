namespace McpSecure.ApiKey;

/// <summary>Writes a key's fields as the audit log keeps them, and which of them differ. What its owner notes about it is masked.</summary>
internal static class KeyDifferences
{
    /// <summary>Lists the fields of a key; an empty value stands for none.</summary>
    public static IReadOnlyList<(string Field, string Value)> FieldsOf(ApiKeyRecord key) =>
    [
        ("name", key.Name),
        ("scopes", string.Join(' ', key.Scopes)),
        ("permissions", string.Join(' ', key.Permissions)),
        ("expires_at", Time(key.ExpiresAt)),
        ("allowed_networks", string.Join(' ', key.AllowedNetworks)),
        ("rate_limit", $"{key.RateLimit}"),
        ("metadata", string.Join(' ', key.Metadata.Keys.Order(StringComparer.Ordinal).Select(name => $"{name}=***"))),
        ("disabled_at", Time(key.DisabledAt)),
        ("disabled_by", $"{key.DisabledBy}"),
        ("successor_id", $"{key.SuccessorId}"),
        ("revoked_at", Time(key.RevokedAt)),
    ];

    /// <summary>Lists the fields that differ.</summary>
    public static IReadOnlyList<(string Field, string Before, string After)> Between(ApiKeyRecord before, ApiKeyRecord after) =>
    [
        .. FieldsOf(before).Zip(FieldsOf(after), (was, becomes) => (was.Field, Before: was.Value, After: becomes.Value))
            .Where(field => field.Before != field.After || (field.Field == "metadata" && !AreSame(before.Metadata, after.Metadata))),
    ];

    private static bool AreSame(IReadOnlyDictionary<string, string> left, IReadOnlyDictionary<string, string> right) =>
        left.Count == right.Count && left.All(pair => right.TryGetValue(pair.Key, out var value) && value == pair.Value);

    private static string Time(DateTimeOffset? time) => time?.ToString("O") ?? "";
}
