using McpSecure.Audit.V1;

namespace McpSecure.ApiKey;

/// <summary>What validation must know before it can look for an imported key.</summary>
/// <param name="HasKeys">Whether there is any imported key.</param>
/// <param name="Salts">The salts of those that wait for their first use.</param>
internal sealed record ImportState(bool HasKeys, IReadOnlyList<ReadOnlyMemory<byte>> Salts);

/// <summary>Keeps what is known of imported keys besides what is known of all.</summary>
internal interface IImportStore
{
    /// <summary>The most salts that may be in use at a time: each costs one SHA-256 for every text that might be an imported key.</summary>
    const int MostSalts = 8;

    Task<ImportState> ReadStateAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Adds keys of before, all or none. A hash that is there already stays with its key. The limits of owners and organizations hold also when several
    /// imports and others add at once.
    /// </summary>
    /// <param name="batch">The keys.</param>
    /// <param name="limits">How many live keys an owner and an organization may have.</param>
    /// <param name="eventOf">Makes the event of one key.</param>
    /// <param name="summary">Makes the event of as many keys as were added.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    Task<ImportResult> ImportAsync(
        ImportBatch batch, KeyLimits limits, Func<ApiKeyRecord, AuditEvent> eventOf, Func<int, AuditEvent> summary, CancellationToken cancellationToken);

    /// <summary>Finds the key that one of these finds; one that was used before one that was not, then the older. Null where there is none.</summary>
    Task<ApiKeyId?> FindAsync(IReadOnlyList<KeyLookup> lookups, CancellationToken cancellationToken);
}
