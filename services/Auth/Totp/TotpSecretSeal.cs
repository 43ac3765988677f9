using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using McpSecure.Crypto.V1;

namespace McpSecure.Auth;

/// <summary>
/// Encrypts the secrets of authenticators through Crypto, each bound to its user: a row copied to another user opens nothing.
/// </summary>
internal sealed class TotpSecretSeal(EncryptionService.EncryptionServiceClient crypto)
{
    private const string Keyring = "mfa-secrets";

    /// <summary>Encrypts a user's secret.</summary>
    /// <exception cref="Grpc.Core.RpcException">Crypto does not answer.</exception>
    public async Task<string> CloseAsync(Guid userId, TotpSecret secret, CancellationToken cancellationToken)
    {
        var plaintext = secret.Reveal().ToArray();
        try
        {
            var request = new EncryptRequest { Keyring = Keyring, Plaintext = UnsafeByteOperations.UnsafeWrap(plaintext), Context = ContextOf(userId) };
            return (await crypto.EncryptAsync(request, cancellationToken: cancellationToken)).Ciphertext;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <summary>Decrypts a user's secret.</summary>
    /// <exception cref="Grpc.Core.RpcException">Crypto does not answer, or the ciphertext is not this user's.</exception>
    public async Task<TotpSecret> OpenAsync(Guid userId, string ciphertext, CancellationToken cancellationToken)
    {
        var request = new DecryptRequest { Keyring = Keyring, Ciphertext = ciphertext, Context = ContextOf(userId) };
        var answer = await crypto.DecryptAsync(request, cancellationToken: cancellationToken);
        return TotpSecret.CopyOf(answer.Plaintext.Span);
    }

    private static ByteString ContextOf(Guid userId) => UnsafeByteOperations.UnsafeWrap(Encoding.ASCII.GetBytes($"users/{userId}"));
}
