using McpSecure.Audit.V1;

namespace McpSecure.ApiKey;

/// <summary>Keeps API keys. A change and its audit event are kept together or not at all.</summary>
internal interface IApiKeyStore
{
    /// <summary>Finds a key, revoked and expired ones too; null where there is none.</summary>
    Task<ApiKeyRecord?> FindAsync(ApiKeyId id, CancellationToken cancellationToken);

    /// <summary>Counts an owner's keys that are neither revoked nor expired at a time.</summary>
    Task<int> CountLiveAsync(Guid ownerId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>
    /// Adds a key unless its owner has <paramref name="mostLive"/> live ones at its <see cref="ApiKeyRecord.CreatedAt"/>, also when
    /// several are added at once.
    /// </summary>
    /// <returns>The key as it is kept, its times in whole microseconds; null where the owner has the most already.</returns>
    Task<ApiKeyRecord?> AddAsync(ApiKeyRecord key, int mostLive, AuditEvent auditEvent, CancellationToken cancellationToken);

    /// <summary>Revokes a key. One that is revoked already stays as it is, and its event is not kept.</summary>
    /// <returns>The key as it is kept, and whether it was revoked now; null where there is none.</returns>
    Task<(ApiKeyRecord Key, bool IsNew)?> RevokeAsync(ApiKeyId id, DateTimeOffset at, AuditEvent auditEvent, CancellationToken cancellationToken);

    /// <summary>Lists an owner's keys, newest first.</summary>
    /// <param name="ownerId">The owner.</param>
    /// <param name="before">The last key of the page before; null for the first page.</param>
    /// <param name="limit">The most to answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<ApiKeyRecord>> ListAsync(Guid ownerId, ApiKeyId? before, int limit, CancellationToken cancellationToken);
}
