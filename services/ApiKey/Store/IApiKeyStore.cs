using McpSecure.Audit.V1;

namespace McpSecure.ApiKey;

/// <summary>How many live keys an owner and an organization may have. A key that waits for the end of its overlap is none of them.</summary>
internal sealed record KeyLimits(int PerOwner, int PerOrganization);

/// <summary>What became of keys that were to be added.</summary>
internal abstract record AddResult
{
    private AddResult()
    {
    }

    /// <summary>It is there, its times in whole microseconds.</summary>
    internal sealed record Added(ApiKeyRecord Key) : AddResult;

    internal sealed record OwnerIsFull : AddResult;

    internal sealed record OrganizationIsFull : AddResult;
}

/// <summary>A key as it shall be, and the event that tells of it.</summary>
internal sealed record KeyChange(ApiKeyRecord Next, AuditEvent Event);

/// <summary>A key's end or its overlap, its successor, and the events that tell of each.</summary>
internal sealed record KeySuccession(ApiKeyRecord Previous, ApiKeyRecord Successor, AuditEvent Event, AuditEvent SuccessorEvent);

/// <summary>Keeps API keys. A change and its audit event are kept together or not at all, and no key outside of a scope is seen or changed in it.</summary>
internal interface IApiKeyStore
{
    /// <summary>Finds a key, revoked and expired ones too; null where there is none. Sees this one row.</summary>
    Task<ApiKeyRecord?> FindAsync(ApiKeyId id, CancellationToken cancellationToken);

    /// <summary>Counts an owner's keys that are live at a time, without those that wait for the end of their overlap.</summary>
    Task<int> CountLiveAsync(Guid ownerId, DateTimeOffset now, CancellationToken cancellationToken);

    /// <summary>Adds a key unless its owner or its organization has the most live ones at its <see cref="ApiKeyRecord.CreatedAt"/>, also when several are added at once.</summary>
    Task<AddResult> AddAsync(ApiKeyRecord key, KeyLimits limits, AuditEvent auditEvent, CancellationToken cancellationToken);

    /// <summary>
    /// Changes a key: <paramref name="change"/> is asked what it shall become, with nobody else changing it meanwhile; null leaves it as it is,
    /// without an event. What it throws ends the change.
    /// </summary>
    /// <returns>The key as it was and as it is kept; null where the scope has none of this id.</returns>
    Task<(ApiKeyRecord Before, ApiKeyRecord After)?> ChangeAsync(
        RowScope scope, ApiKeyId id, Func<ApiKeyRecord, KeyChange?> change, CancellationToken cancellationToken);

    /// <summary>
    /// Puts a hash in the place of another one, if that is still there.
    /// </summary>
    /// <param name="id">The key.</param>
    /// <param name="before">The hash that is there.</param>
    /// <param name="after">The hash that shall be.</param>
    /// <param name="lookup">What finds an imported key from now on, in the place of its SHA-256 hash; null leaves it as it is.</param>
    /// <param name="auditEvent">The event.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Whether it was still there.</returns>
    Task<bool> RehashAsync(ApiKeyId id, SecretHash before, SecretHash after, KeyLookup? lookup, AuditEvent auditEvent, CancellationToken cancellationToken);

    /// <summary>
    /// Gives a key a successor, as <see cref="ChangeAsync"/> changes one. Refused where owner or organization has twice the most live ones, those
    /// counted that wait for the end of their overlap.
    /// </summary>
    /// <returns>Null where the scope has none of this id.</returns>
    Task<SuccessionResult?> SucceedAsync(
        RowScope scope, ApiKeyRecord found, KeyLimits limits, DateTimeOffset now, Func<ApiKeyRecord, KeySuccession?> succeed, CancellationToken cancellationToken);

    /// <summary>
    /// Revokes every key that an owner or an organization has and that is not revoked yet, also those that are being added meanwhile: they are
    /// added before, and revoked, or after.
    /// </summary>
    /// <param name="scope">The owner's or the organization's keys.</param>
    /// <param name="at">When they end.</param>
    /// <param name="eventOf">Makes the event of one key.</param>
    /// <param name="summary">Makes the event of all of them.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>The keys that were revoked now.</returns>
    Task<IReadOnlyList<ApiKeyRecord>> RevokeAllAsync(
        RowScope scope,
        DateTimeOffset at,
        Func<ApiKeyRecord, AuditEvent> eventOf,
        Func<IReadOnlyList<ApiKeyRecord>, AuditEvent> summary,
        CancellationToken cancellationToken);

    /// <summary>Lists the keys of a scope, newest first.</summary>
    /// <param name="scope">Whose.</param>
    /// <param name="filter">Which of them.</param>
    /// <param name="before">The last key of the page before; null for the first page.</param>
    /// <param name="limit">The most to answer.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<IReadOnlyList<ApiKeyRecord>> ListAsync(RowScope scope, KeyFilter filter, ApiKeyId? before, int limit, CancellationToken cancellationToken);
}

/// <summary>What became of a rotation.</summary>
internal abstract record SuccessionResult
{
    private SuccessionResult()
    {
    }

    internal sealed record Succeeded(ApiKeyRecord Previous, ApiKeyRecord Successor) : SuccessionResult;

    /// <summary>Nothing was to be done: the key as it is kept.</summary>
    internal sealed record Left(ApiKeyRecord Previous) : SuccessionResult;

    internal sealed record Full : SuccessionResult;
}

/// <summary>Says which keys to list.</summary>
/// <param name="Owner">Whose; null: anybody's.</param>
/// <param name="Organization">Of which organization; null: of any and none.</param>
/// <param name="State">In which state; null: any.</param>
/// <param name="Now">When the state is asked for.</param>
/// <param name="NamePrefix">What the name begins with.</param>
/// <param name="ExpiresBefore">Only keys that end by themselves before; null: all.</param>
/// <param name="Scope">Only keys with this scope; empty: all.</param>
internal sealed record KeyFilter(
    Guid? Owner, Guid? Organization, KeyState? State, DateTimeOffset Now, string NamePrefix = "", DateTimeOffset? ExpiresBefore = null, string Scope = "")
{
    /// <summary>Tells whether a key is to be listed.</summary>
    public bool Takes(ApiKeyRecord key) =>
        (Owner is null || key.OwnerId == Owner)
        && (Organization is null || key.OrganizationId == Organization)
        && (State is null || key.StateAt(Now) == State)
        && key.Name.StartsWith(NamePrefix, StringComparison.Ordinal)
        && (ExpiresBefore is null || key.ExpiresAt < ExpiresBefore)
        && (Scope.Length == 0 || key.Scopes.Contains(Scope));
}
