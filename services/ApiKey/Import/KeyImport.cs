using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey;

/// <summary>A key of before that is to be taken over.</summary>
/// <param name="Key">The key as it shall be here.</param>
/// <param name="Hash">Its SHA-256.</param>
/// <param name="Salt">What it was hashed with, by its place in <see cref="ImportBatch.Salts"/>.</param>
internal sealed record KeyToImport(ApiKeyRecord Key, KeyLookup Hash, int Salt);

/// <summary>Keys of before that are taken over together or not at all.</summary>
internal sealed record ImportBatch(IReadOnlyList<ReadOnlyMemory<byte>> Salts, IReadOnlyList<KeyToImport> Keys);

/// <summary>What became of a batch.</summary>
internal abstract record ImportResult
{
    private ImportResult()
    {
    }

    /// <summary>The id of each key, in order, and whether it was there before and was left as it is.</summary>
    internal sealed record Imported(IReadOnlyList<(ApiKeyId Id, bool Existed)> Keys) : ImportResult;

    internal sealed record TooManySalts : ImportResult;

    /// <summary>An owner, or an organization, would have more live keys than are allowed.</summary>
    internal sealed record TooManyKeys(string Whose, Guid Id) : ImportResult;
}

/// <summary>Takes over keys of a platform of before.</summary>
internal sealed class KeyImport(IImportStore store, ImportedKeys imported, IOptions<ApiKeyOptions> options)
{
    private readonly KeyLimits limits = new(options.Value.LiveKeysPerOwner, options.Value.LiveKeysPerOrganization);

    /// <param name="batch">The keys.</param>
    /// <param name="actor">Who takes them over.</param>
    /// <param name="start">Starts the event of one key.</param>
    /// <param name="summary">The event of all of them, started.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Refusal">API_KEY_LIMIT_REACHED, GRANT_EXCEEDS_GRANTOR.</exception>
    public async Task<IReadOnlyList<(ApiKeyId Id, bool Existed)>> ImportAsync(
        ImportBatch batch, Actor actor, Func<AuditEvent> start, AuditEvent summary, CancellationToken cancellationToken)
    {
        Grants.RequireWithin(actor.Scopes, batch.Keys.SelectMany(item => item.Key.Scopes));

        var result = await store.ImportAsync(
            batch,
            limits,
            key => Events.Describe(start(), key),
            count => summary.With("imported", $"{count}").With("asked_for", $"{batch.Keys.Count}"),
            cancellationToken);
        switch (result)
        {
            case ImportResult.Imported(var keys):
                await imported.ForgetAsync();
                return keys;
            case ImportResult.TooManyKeys(var whose, var id):
                throw Refusal.Because(ErrorReason.ApiKeyLimitReached, $"The {whose} would hold more keys than are allowed.", ("whose", whose), ("id", id));
            default:
                throw Refusal.Because(
                    ErrorReason.ApiKeyLimitReached,
                    "Keys of too many salts wait for their first use: revoke those that nobody uses.",
                    ("whose", "salts"),
                    ("salts_allowed", IImportStore.MostSalts));
        }
    }
}
