namespace McpSecure.Crypto;

/// <summary>Says where a key-encryption key stands in its life.</summary>
internal enum KeyEncryptionKeyState
{
    /// <summary>Seals nothing yet, so that every replica has it open before anything is sealed under it.</summary>
    Pending,

    /// <summary>Seals new keys.</summary>
    Active,

    /// <summary>Opens what it sealed until that is sealed anew; then it is deleted.</summary>
    Retired,
}

/// <summary>A key-encryption key as it is stored.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">Where it stands.</param>
/// <param name="RootKey">The id of the root key that sealed it.</param>
/// <param name="Wrapped">The sealed key.</param>
/// <param name="CreatedAt">When it was made, UTC.</param>
/// <param name="UnusedSince">Since when it is known to seal nothing, UTC; null while it may.</param>
internal sealed record StoredKeyEncryptionKey(
    Guid Id, KeyEncryptionKeyState State, string RootKey, byte[] Wrapped, DateTimeOffset CreatedAt, DateTimeOffset? UnusedSince = null)
{
    /// <summary>Returns the name that a state is stored under, which never changes.</summary>
    public static string StoredName(KeyEncryptionKeyState state) => state switch
    {
        KeyEncryptionKeyState.Pending => "pending",
        KeyEncryptionKeyState.Active => "active",
        KeyEncryptionKeyState.Retired => "retired",
    };

    /// <summary>Reads a state.</summary>
    /// <exception cref="InvalidDataException">A newer version of this service wrote it, or nobody did.</exception>
    public static KeyEncryptionKeyState StateOf(string name) => name switch
    {
        "pending" => KeyEncryptionKeyState.Pending,
        "active" => KeyEncryptionKeyState.Active,
        "retired" => KeyEncryptionKeyState.Retired,
        _ => throw new InvalidDataException($"The database holds a key-encryption key in the state '{name}', which this version does not know."),
    };
}
