using Google.Protobuf.WellKnownTypes;
using McpSecure.ServiceDefaults;
using Messages = McpSecure.Crypto.V1;

namespace McpSecure.Crypto;

/// <summary>Writes keyrings as messages, and reads algorithms from them.</summary>
internal static class KeyringMessages
{
    public static KeyAlgorithm Algorithm(Messages.KeyAlgorithm algorithm) => algorithm switch
    {
        Messages.KeyAlgorithm.Xaes256Gcm => KeyAlgorithm.Xaes256Gcm,
        Messages.KeyAlgorithm.Aes256Gcm => KeyAlgorithm.Aes256Gcm,
        Messages.KeyAlgorithm.HmacSha256 => KeyAlgorithm.HmacSha256,
        Messages.KeyAlgorithm.Rsa2048Sha256 => KeyAlgorithm.Rsa2048Sha256,
        Messages.KeyAlgorithm.Rsa3072Sha256 => KeyAlgorithm.Rsa3072Sha256,
        Messages.KeyAlgorithm.Rsa4096Sha256 => KeyAlgorithm.Rsa4096Sha256,
        Messages.KeyAlgorithm.EcdsaP256Sha256 => KeyAlgorithm.EcdsaP256Sha256,
        Messages.KeyAlgorithm.Fernet => KeyAlgorithm.Fernet,
        Messages.KeyAlgorithm.Unspecified => throw Refusal.InvalidField("algorithm", "is required."),
    };

    public static Messages.Keyring Message(Keyring keyring) => new()
    {
        Name = keyring.Name,
        Algorithm = keyring.Algorithm switch
        {
            KeyAlgorithm.Xaes256Gcm => Messages.KeyAlgorithm.Xaes256Gcm,
            KeyAlgorithm.Aes256Gcm => Messages.KeyAlgorithm.Aes256Gcm,
            KeyAlgorithm.HmacSha256 => Messages.KeyAlgorithm.HmacSha256,
            KeyAlgorithm.Rsa2048Sha256 => Messages.KeyAlgorithm.Rsa2048Sha256,
            KeyAlgorithm.Rsa3072Sha256 => Messages.KeyAlgorithm.Rsa3072Sha256,
            KeyAlgorithm.Rsa4096Sha256 => Messages.KeyAlgorithm.Rsa4096Sha256,
            KeyAlgorithm.EcdsaP256Sha256 => Messages.KeyAlgorithm.EcdsaP256Sha256,
            KeyAlgorithm.Fernet => Messages.KeyAlgorithm.Fernet,
        },
        CreatedAt = keyring.CreatedAt.ToTimestamp(),
        ActiveVersion = keyring.Active?.Number ?? 0,
        Versions = { keyring.Versions.Select(Message) },
        RotationPeriod = keyring.RotationPeriod?.ToDuration(),
        MinDecryptionVersion = keyring.MinDecryptionVersion,
        DestroyAt = keyring.DestroyAt?.ToTimestamp(),
        DestroyedAt = keyring.DestroyedAt?.ToTimestamp(),
    };

    public static Messages.KeyEncryptionKey Message(StoredKeyEncryptionKey key, long sealedKeys) => new()
    {
        Id = key.Id.ToString(),
        State = key.State switch
        {
            KeyEncryptionKeyState.Pending => Messages.KeyEncryptionKeyState.Pending,
            KeyEncryptionKeyState.Active => Messages.KeyEncryptionKeyState.Active,
            KeyEncryptionKeyState.Retired => Messages.KeyEncryptionKeyState.Retired,
        },
        RootKey = key.RootKey,
        CreatedAt = key.CreatedAt.ToTimestamp(),
        SealedKeys = sealedKeys,
    };

    private static Messages.KeyVersion Message(KeyVersion version) => new()
    {
        Version = version.Number,
        State = version.State switch
        {
            KeyState.Pending => Messages.KeyState.Pending,
            KeyState.Active => Messages.KeyState.Active,
            KeyState.DecryptOnly => Messages.KeyState.DecryptOnly,
            KeyState.Disabled => Messages.KeyState.Disabled,
            KeyState.Destroyed => Messages.KeyState.Destroyed,
        },
        CreatedAt = version.CreatedAt.ToTimestamp(),
        StateSince = version.StateSince.ToTimestamp(),
        ActivateAt = version.ActivateAt?.ToTimestamp(),
        DestroyAt = version.DestroyAt?.ToTimestamp(),
    };
}
