using System.Security.Cryptography;
using Google.Protobuf;
using McpSecure.Crypto.V1;

namespace McpSecure.ApiKey;

/// <summary>Opens the platform's pepper, and makes it the first time.</summary>
internal sealed class PepperKeeper(IPepperStore store, EncryptionService.EncryptionServiceClient crypto, TimeProvider clock)
{
    public const int Version = 1;

    /// <summary>The keyring in Crypto that only this service may use.</summary>
    public const string Keyring = "api-key-pepper";

    // Binds the ciphertext to its place, so that it is no other secret of ours.
    private static readonly ByteString Context = ByteString.CopyFromUtf8($"apikeydb/pepper/{Version}");

    /// <summary>Opens the pepper that is kept. Of several replicas that make one at once all open the same.</summary>
    /// <exception cref="PepperException">It is gone or does not fit; waiting does not help.</exception>
    public async Task<Pepper> OpenAsync(CancellationToken cancellationToken)
    {
        if (await store.FindAsync(cancellationToken) is not { } ciphertext)
        {
            await store.AddAsync(await EncryptNewAsync(cancellationToken), clock.GetUtcNow(), cancellationToken);

            // Perhaps not ours: another replica was quicker.
            ciphertext = await store.FindAsync(cancellationToken) ?? throw new PepperException(
                "apikeydb holds API keys and not the pepper that they were made with: restore the table pepper from a backup.");
        }

        var answer = await crypto.DecryptAsync(
            new DecryptRequest { Keyring = Keyring, Ciphertext = ciphertext, Context = Context }, cancellationToken: cancellationToken);
        return answer.Plaintext.Length == Pepper.SizeInBytes
            ? new Pepper(answer.Plaintext.Span)
            : throw new PepperException($"What the table pepper holds has {answer.Plaintext.Length} bytes and not {Pepper.SizeInBytes}: restore it from a backup.");
    }

    private async Task<string> EncryptNewAsync(CancellationToken cancellationToken)
    {
        var secret = RandomNumberGenerator.GetBytes(Pepper.SizeInBytes);
        var answer = await crypto.EncryptAsync(
            new EncryptRequest { Keyring = Keyring, Plaintext = UnsafeByteOperations.UnsafeWrap(secret), Context = Context },
            cancellationToken: cancellationToken);
        CryptographicOperations.ZeroMemory(secret);
        return answer.Ciphertext;
    }
}

/// <summary>Says why the pepper cannot be opened, in a sentence for the operator.</summary>
internal sealed class PepperException(string message) : Exception(message);
