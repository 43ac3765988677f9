namespace McpSecure.ApiKey;

/// <summary>An API key as it is kept.</summary>
/// <param name="Id">The id, a UUIDv7.</param>
/// <param name="OwnerId">The user who owns it.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Scopes">What it is narrowed to.</param>
/// <param name="SecretHash">What its secret is compared with.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="ExpiresAt">When it ends by itself; null: never.</param>
/// <param name="RevokedAt">When it was revoked; null: it was not.</param>
internal sealed record ApiKeyRecord(
    ApiKeyId Id,
    Guid OwnerId,
    string Name,
    IReadOnlyList<string> Scopes,
    SecretHash SecretHash,
    DateTimeOffset CreatedAt,
    DateTimeOffset? ExpiresAt,
    DateTimeOffset? RevokedAt)
{
    public bool IsExpiredAt(DateTimeOffset now) => ExpiresAt <= now;
}
