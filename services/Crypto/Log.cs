namespace McpSecure.Crypto;

internal static partial class Log
{
    [LoggerMessage(3000, LogLevel.Information, "The key hierarchy is open.")]
    public static partial void HierarchyOpen(ILogger logger);

    [LoggerMessage(3001, LogLevel.Critical, "The keys stay closed: {Reason}")]
    public static partial void RootKeyRefused(ILogger logger, string reason);

    [LoggerMessage(3002, LogLevel.Warning, "The keys wait for the database.")]
    public static partial void HierarchyWaits(ILogger logger, Exception exception);

    [LoggerMessage(3010, LogLevel.Error, "What is due for keyring {Keyring} failed; the next round tries again.")]
    public static partial void UpkeepFailed(ILogger logger, string keyring, Exception exception);

    [LoggerMessage(3011, LogLevel.Warning, "Whether keys of keyring {Keyring} are still of use could not be read; the next sweep looks again.")]
    public static partial void ForgettingFailed(ILogger logger, string keyring, Exception exception);

    [LoggerMessage(3012, LogLevel.Error, "Key-encryption keys that were stored since could not be opened; those that were open stay so.")]
    public static partial void RefreshFailed(ILogger logger, Exception exception);

    [LoggerMessage(3014, LogLevel.Error, "{Count} keys sealed under the key-encryption key {KeyEncryptionKey} do not open: their rows were changed. It stays until they are restored or removed.")]
    public static partial void SealedKeysDoNotOpen(ILogger logger, int count, Guid keyEncryptionKey);

    [LoggerMessage(3015, LogLevel.Error, "{Count} values sealed under older versions of the keyring secrets do not open: they were changed, or their version is disabled or below the minimum.")]
    public static partial void SealedValuesDoNotOpen(ILogger logger, int count);

    [LoggerMessage(3013, LogLevel.Error, "A key-encryption key could not be made: {Reason}")]
    public static partial void RotationRefused(ILogger logger, string reason);

    [LoggerMessage(3060, LogLevel.Error, "The lease {Lease} with role {Role} is not revoked: try {Failures} failed, the next is in {Pause}.")]
    public static partial void RevocationFailed(ILogger logger, string lease, string role, int failures, TimeSpan pause, Exception exception);

    [LoggerMessage(3061, LogLevel.Error, "The database account of {Workload} could not be rotated: try {Failures} failed, the next is in {Pause}. The login given out goes on working.")]
    public static partial void AccountNotRotated(ILogger logger, string workload, int failures, TimeSpan pause, Exception exception);
}
