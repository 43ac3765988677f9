namespace McpSecure.Crypto;

/// <summary>Finds keyrings of Fernet keys.</summary>
internal sealed class FernetKeyrings(Keyrings keyrings, UnwrappedKeys keys)
{
    // No keyring has a version of this number, so the store is asked.
    private const int UnknownVersion = int.MaxValue;

    /// <summary>Finds a keyring, from memory while that is fresh.</summary>
    public async ValueTask<FernetKeyringResult> FindAsync(string name, CancellationToken cancellationToken) =>
        Result(await keyrings.FindAsync(name, cancellationToken));

    /// <summary>Finds a keyring as it is now: a token does not say that it is of a version that another replica has just made.</summary>
    public async ValueTask<FernetKeyringResult> FindCurrentAsync(string name, CancellationToken cancellationToken) =>
        Result(await keyrings.FindAsync(name, UnknownVersion, cancellationToken));

    private FernetKeyringResult Result(StoredKeyring? found) => found switch
    {
        null => new FernetKeyringResult.NotFound(),
        { Description.Algorithm: KeyAlgorithm.Fernet } => new FernetKeyringResult.Found(new FernetKeyring(found, keys)),
        _ => new FernetKeyringResult.WrongAlgorithm(),
    };
}

/// <summary>Says how a search for a keyring of Fernet keys ended.</summary>
internal abstract record FernetKeyringResult
{
    private FernetKeyringResult()
    {
    }

    /// <summary>The keyring.</summary>
    public sealed record Found(FernetKeyring Keyring) : FernetKeyringResult;

    /// <summary>There is no keyring of this name.</summary>
    public sealed record NotFound : FernetKeyringResult;

    /// <summary>The keyring does something else.</summary>
    public sealed record WrongAlgorithm : FernetKeyringResult;
}
