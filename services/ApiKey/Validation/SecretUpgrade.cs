using System.Collections.Concurrent;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.ApiKey;

/// <summary>
/// Hashes a key anew when its secret is at hand: one that cost less than the settings say, and an imported one, whose SHA-256 is deleted by it. Whatever
/// keeps it from doing so, the key stays as right as it was, and its next use tries again.
/// </summary>
internal sealed class SecretUpgrade(
    SecretHasher hasher, IApiKeyStore store, ApiKeyReader keys, AuditEvents events, ILogger<SecretUpgrade> logger)
{
    private readonly ConcurrentDictionary<ApiKeyId, bool> underWay = new();

    /// <summary>Tells whether a key's hash costs less than a new one would.</summary>
    public bool IsDue(ApiKeyRecord key) => key.RevokedAt is null && hasher.IsOutdated(key.SecretHash);

    /// <summary>Hashes a key anew, once at a time.</summary>
    /// <param name="presented">What was proven to be its secret.</param>
    /// <param name="key">The key.</param>
    /// <param name="lookup">What finds an imported key from now on; null for others.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task TryRunAsync(PresentedKey presented, ApiKeyRecord key, KeyLookup? lookup, CancellationToken cancellationToken)
    {
        if (!underWay.TryAdd(key.Id, true))
        {
            return;
        }

        try
        {
            var hash = await hasher.HashAsync(presented.RevealBody(), cancellationToken);
            var told = events.Start(Events.KeyRehashed).On(Events.ResourceOf(key.Id))
                .With("before", NameOf(key.SecretHash)).With("after", NameOf(hash));
            if (await store.RehashAsync(key.Id, key.SecretHash, hash, lookup, told, cancellationToken))
            {
                await keys.ForgetAsync(key.Id);
            }
        }
        catch (Exception e) when (e is Refusal or NpgsqlException)
        {
            Log.NotRehashed(logger, key.Id, e);
        }
        finally
        {
            underWay.TryRemove(key.Id, out _);
        }
    }

    private static string NameOf(SecretHash hash) => hash.IsImported ? "sha-256" : $"bcrypt {hash.WorkFactor}";
}
