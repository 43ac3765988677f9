using System.Text;

namespace McpSecure.Crypto;

/// <summary>
/// Seals what Crypto itself keeps under its own keyring <c>secrets</c>, and binds to it what it is: whoever moves a sealed value to another
/// row, or brings back that of a secret that was deleted, finds it closed.
/// </summary>
internal sealed class SecretSeal(DataEncryption encryption)
{
    /// <summary>Says what a version of a secret is.</summary>
    public static byte[] ContextOf(Guid secret, string path, int version) => Encoding.UTF8.GetBytes($"secret\0{secret:N}\0{path}\0{version}");

    /// <summary>Seals a value.</summary>
    /// <exception cref="ServiceDefaults.Refusal">The key hierarchy is not open: DEPENDENCY_UNAVAILABLE.</exception>
    public async Task<string> SealAsync(ReadOnlyMemory<byte> value, byte[] context, CancellationToken cancellationToken) =>
        (await FindAsync(encryption.FindAsync(BuiltInKeyrings.Secrets, messages: 1, cancellationToken))).Encrypt(value.Span, context);

    /// <summary>Opens a sealed value.</summary>
    /// <exception cref="ServiceDefaults.Refusal">The key hierarchy is not open: DEPENDENCY_UNAVAILABLE.</exception>
    /// <exception cref="InvalidDataException">What is stored was changed, or belongs elsewhere.</exception>
    public async Task<byte[]> OpenAsync(string ciphertext, byte[] context, CancellationToken cancellationToken) =>
        (await FindAsync(encryption.FindAsync(BuiltInKeyrings.Secrets, ciphertext, messages: 0, cancellationToken))).TryDecrypt(ciphertext, context, out var value, out _)
            ? value
            : throw new InvalidDataException("A stored secret does not open: it was changed, moved, or its key is gone.");

    private static async ValueTask<EncryptionKeyring> FindAsync(ValueTask<EncryptionKeyringResult> search) =>
        await search is EncryptionKeyringResult.Found(var keyring)
            ? keyring
            : throw new InvalidOperationException($"The keyring {BuiltInKeyrings.Secrets} does not encrypt.");
}
