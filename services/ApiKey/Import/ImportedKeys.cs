using System.Security.Cryptography;
using System.Text;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>
/// Finds out whose an imported key's text is. Once seen, by its keyed digest in memory; else by one look in the database, for its keyed digest and for
/// its SHA-256 with each salt in use. What is found is right: nobody finds another text with the same hash.
/// </summary>
internal sealed class ImportedKeys(IImportStore store, InvalidationChannel channel, TimeProvider clock) : IDisposable
{
    private const string Topic = "apikey.imports";
    private const int Remembered = 50_000;

    // One entry: the state of all imports. Whoever does not hear of an import within its time bound, seconds, hears of it then.
    private readonly CoherentCache<int, ImportState> state = new(channel, new(Topic) { Capacity = 1 }, _ => null, clock);
    private readonly RecentMap<KeyDigest, ApiKeyId> seen = new(Remembered);

    /// <summary>Finds a text's key; null where it is nobody's.</summary>
    public async ValueTask<ApiKeyId?> FindAsync(ImportedText text, KeyDigest digest, CancellationToken cancellationToken)
    {
        // For ever true: a key is never deleted and its text never changes.
        if (seen.TryGet(digest, out var known))
        {
            return known;
        }

        var current = await state.GetAsync(0, ReadStateAsync, cancellationToken);
        if (!current!.HasKeys || await store.FindAsync([digest.ToLookup(), .. current.Salts.Select(salt => Hash(salt, text))], cancellationToken) is not { } found)
        {
            return null;
        }

        seen.Set(digest, found);
        return found;
    }

    /// <summary>Tells every replica that there are other salts or keys. Call it after the commit and before the answer.</summary>
    public Task ForgetAsync() => channel.PublishAllAsync(Topic);

    public void Dispose() => state.Dispose();

    // As the platform of before: SHA-256 of the salt and the whole text, in UTF-8.
    private static KeyLookup Hash(ReadOnlyMemory<byte> salt, ImportedText text)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(salt.Span);
        hash.AppendData(Encoding.ASCII.GetBytes(text.Reveal()));
        return new(hash.GetHashAndReset());
    }

    private async Task<ImportState?> ReadStateAsync(int key, CancellationToken cancellationToken) => await store.ReadStateAsync(cancellationToken);
}
