using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Shows a keyring; its keys never leave the service.</summary>
internal sealed record KeyringView(
    string Name,
    string Algorithm,
    int ActiveVersion,
    DateTimeOffset CreatedAt,
    long? RotationSeconds,
    int MinDecryptionVersion,
    DateTimeOffset? DestroyAt,
    DateTimeOffset? DestroyedAt,
    IReadOnlyList<KeyVersionView> Versions)
{
    public static KeyringView Of(Keyring keyring) => new(
        keyring.Name,
        AlgorithmName(keyring.Algorithm),
        keyring.ActiveVersion,
        keyring.CreatedAt.ToDateTimeOffset(),
        keyring.RotationPeriod?.Seconds,
        keyring.MinDecryptionVersion,
        keyring.DestroyAt?.ToDateTimeOffset(),
        keyring.DestroyedAt?.ToDateTimeOffset(),
        [.. keyring.Versions.Select(version => new KeyVersionView(
            version.Version,
            version.State,
            version.CreatedAt.ToDateTimeOffset(),
            version.ActivateAt?.ToDateTimeOffset(),
            version.DestroyAt?.ToDateTimeOffset()))]);

    public static string ForPeople(KeyringView keyring) =>
        Table.Details(
            ("Name", keyring.Name),
            ("Algorithm", keyring.Algorithm),
            ("Made", Text.Time(keyring.CreatedAt)),
            ("Rotates every", Durations.Write(keyring.RotationSeconds)),
            ("Decrypts from", $"version {keyring.MinDecryptionVersion}"),
            ("Ends", Text.Time(keyring.DestroyAt ?? keyring.DestroyedAt))) +
        Table.Rows(
            "No versions.",
            ["Version", "State", "Made", "Starts", "Ends"],
            keyring.Versions.Select(version => new[]
            {
                $"{version.Version}",
                StateName(version.State),
                Text.Time(version.CreatedAt),
                Text.Time(version.ActivateAt),
                Text.Time(version.DestroyAt),
            }));

    /// <summary>Answers the name that people and options use.</summary>
    public static string AlgorithmName(KeyAlgorithm algorithm) => algorithm switch
    {
        KeyAlgorithm.Unspecified => "unknown",
        KeyAlgorithm.Xaes256Gcm => "xaes-256-gcm",
        KeyAlgorithm.Aes256Gcm => "aes-256-gcm",
        KeyAlgorithm.HmacSha256 => "hs256",
        KeyAlgorithm.Rsa2048Sha256 => "rs256",
        KeyAlgorithm.Rsa3072Sha256 => "rs256-3072",
        KeyAlgorithm.Rsa4096Sha256 => "rs256-4096",
        KeyAlgorithm.EcdsaP256Sha256 => "es256",
        KeyAlgorithm.Fernet => "fernet",
    };

    private static string StateName(KeyState state) => state switch
    {
        KeyState.Unspecified => "unknown",
        KeyState.Pending => "pending",
        KeyState.Active => "active",
        KeyState.DecryptOnly => "decrypt only",
        KeyState.Disabled => "disabled",
        KeyState.Destroyed => "destroyed",
    };
}

/// <summary>Shows one version of a keyring's key.</summary>
internal sealed record KeyVersionView(
    int Version, KeyState State, DateTimeOffset CreatedAt, DateTimeOffset? ActivateAt, DateTimeOffset? DestroyAt);
