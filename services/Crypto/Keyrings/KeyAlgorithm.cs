namespace McpSecure.Crypto;

/// <summary>Says what the keys of a keyring do.</summary>
internal enum KeyAlgorithm
{
    /// <summary>Encrypts and decrypts with XAES-256-GCM.</summary>
    Xaes256Gcm,

    /// <summary>Encrypts and decrypts with AES-256-GCM under random nonces, for a counted number of messages.</summary>
    Aes256Gcm,

    /// <summary>Makes and verifies authentication codes with HMAC and SHA-256.</summary>
    HmacSha256,

    /// <summary>Signs with RSA-2048, RSASSA-PKCS1-v1_5 and SHA-256.</summary>
    Rsa2048Sha256,

    /// <summary>Signs with RSA-3072, RSASSA-PKCS1-v1_5 and SHA-256.</summary>
    Rsa3072Sha256,

    /// <summary>Signs with RSA-4096, RSASSA-PKCS1-v1_5 and SHA-256.</summary>
    Rsa4096Sha256,

    /// <summary>Signs with ECDSA, P-256 and SHA-256.</summary>
    EcdsaP256Sha256,

    /// <summary>Reads and writes Fernet tokens, with AES-128-CBC and HMAC-SHA-256.</summary>
    Fernet,
}

/// <summary>Says what a keyring of an algorithm is for.</summary>
internal enum KeyPurpose
{
    /// <summary>Encrypts and decrypts.</summary>
    Encryption,

    /// <summary>Makes and verifies authentication codes.</summary>
    Authentication,

    /// <summary>Signs; others verify with the public key.</summary>
    Signing,

    /// <summary>Reads and writes Fernet tokens.</summary>
    Fernet,
}

/// <summary>Says where a key version stands in its life.</summary>
internal enum KeyState
{
    /// <summary>Made and published, not yet in use.</summary>
    Pending,

    /// <summary>Encrypts or signs; also decrypts and verifies.</summary>
    Active,

    /// <summary>Only decrypts and verifies.</summary>
    DecryptOnly,

    /// <summary>Kept and unusable.</summary>
    Disabled,

    /// <summary>Gone for good.</summary>
    Destroyed,
}

/// <summary>Knows what each algorithm is for.</summary>
internal static class KeyPurposes
{
    public static KeyPurpose PurposeOf(this KeyAlgorithm algorithm) => algorithm switch
    {
        KeyAlgorithm.Xaes256Gcm or KeyAlgorithm.Aes256Gcm => KeyPurpose.Encryption,
        KeyAlgorithm.HmacSha256 => KeyPurpose.Authentication,
        KeyAlgorithm.Rsa2048Sha256 or KeyAlgorithm.Rsa3072Sha256 or KeyAlgorithm.Rsa4096Sha256 or KeyAlgorithm.EcdsaP256Sha256 => KeyPurpose.Signing,
        KeyAlgorithm.Fernet => KeyPurpose.Fernet,
    };
}

/// <summary>Gives algorithms and states the names they are stored under, which never change.</summary>
internal static class StoredNames
{
    public static string Of(KeyAlgorithm algorithm) => algorithm switch
    {
        KeyAlgorithm.Xaes256Gcm => "xaes-256-gcm",
        KeyAlgorithm.Aes256Gcm => "aes-256-gcm",
        KeyAlgorithm.HmacSha256 => "hmac-sha-256",
        KeyAlgorithm.Rsa2048Sha256 => "rsa-2048-sha-256",
        KeyAlgorithm.Rsa3072Sha256 => "rsa-3072-sha-256",
        KeyAlgorithm.Rsa4096Sha256 => "rsa-4096-sha-256",
        KeyAlgorithm.EcdsaP256Sha256 => "ecdsa-p256-sha-256",
        KeyAlgorithm.Fernet => "fernet",
    };

    public static string Of(KeyState state) => state switch
    {
        KeyState.Pending => "pending",
        KeyState.Active => "active",
        KeyState.DecryptOnly => "decrypt-only",
        KeyState.Disabled => "disabled",
        KeyState.Destroyed => "destroyed",
    };

    /// <summary>Reads an algorithm.</summary>
    /// <exception cref="InvalidDataException">A newer version of this service wrote it, or nobody did.</exception>
    public static KeyAlgorithm Algorithm(string name) =>
        Enum.GetValues<KeyAlgorithm>().Cast<KeyAlgorithm?>().FirstOrDefault(algorithm => Of(algorithm!.Value) == name)
        ?? throw new InvalidDataException($"The database holds a keyring of the algorithm '{name}', which this version does not know.");

    /// <summary>Reads a state.</summary>
    /// <exception cref="InvalidDataException">A newer version of this service wrote it, or nobody did.</exception>
    public static KeyState State(string name) =>
        Enum.GetValues<KeyState>().Cast<KeyState?>().FirstOrDefault(state => Of(state!.Value) == name)
        ?? throw new InvalidDataException($"The database holds a key version in the state '{name}', which this version does not know.");
}
