namespace McpSecure.Crypto;

/// <summary>
/// Holds the root keys of a moment: the current one, which seals, and while the root is being replaced the one before and the one to come,
/// which only open. What the one before sealed is sealed anew; what the one to come sealed was put there by a replica that is further on.
/// </summary>
internal sealed class RootKeySet(IRootKey current, IRootKey? previous, IRootKey? next) : IDisposable
{
    /// <summary>Gets the root key that seals.</summary>
    public IRootKey Current => current;

    /// <summary>Tells whether a key is to be sealed anew under the current root key.</summary>
    public bool IsOfPrevious(StoredKeyEncryptionKey stored) => stored.RootKey != current.Id && stored.RootKey == previous?.Id;

    /// <summary>Opens a stored key-encryption key with the root key that sealed it.</summary>
    /// <exception cref="RootKeyException">That is not among these, or the row was changed; the message says which.</exception>
    public async Task<SecretBytes> UnwrapAsync(StoredKeyEncryptionKey stored, CancellationToken cancellationToken)
    {
        IRootKey?[] all = [current, previous, next];
        var root = all.FirstOrDefault(one => one?.Id == stored.RootKey)
            ?? throw new RootKeyException(
                $"The root key given is {string.Join(" or ", all.OfType<IRootKey>().Select(one => one.Id))}, but the stored key-encryption key {stored.Id} was sealed by {stored.RootKey}. Give that one back: nothing in this database can be read without it.");
        return await root.UnwrapAsync(stored.Wrapped, WrappedKey.KeyEncryptionKeyLabel(stored.Id), cancellationToken)
            ?? throw new RootKeyException(
                $"The stored key-encryption key {stored.Id} does not open under root key {root.Id}, which sealed it: the row was changed. Restore it from a backup.");
    }

    /// <summary>Zeroes the root keys.</summary>
    public void Dispose()
    {
        current.Dispose();
        previous?.Dispose();
        next?.Dispose();
    }
}
