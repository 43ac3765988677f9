using System.Buffers.Text;
using System.Security.Cryptography;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth.Tests;

/// <summary>Keeps the contract of Crypto with real keys in memory, and fails when a test wants it to.</summary>
public sealed class CryptoDouble : IDisposable
{
    private readonly Lock change = new();
    private readonly byte[] key = RandomNumberGenerator.GetBytes(32);
    private readonly List<RSA> versions = [RSA.Create(2048)];
    private int firstThatSigns = 1;

    /// <summary>Gets or sets whether it answers UNAVAILABLE to everything.</summary>
    public bool IsAway { get; set; }

    /// <summary>Gets how often the public keys were listed.</summary>
    public int Listings { get; private set; }

    public static CallerPolicy Policy { get; } = CallerPolicy.For(EncryptionService.Descriptor, SigningService.Descriptor)
        .Allow("mcpsecure.crypto.v1.EncryptionService/Encrypt", Caller.Service("auth"))
        .Allow("mcpsecure.crypto.v1.EncryptionService/Decrypt", Caller.Service("auth"))
        .Allow("mcpsecure.crypto.v1.SigningService/Sign", Caller.Service("auth"))
        .Allow("mcpsecure.crypto.v1.SigningService/ListPublicKeys", Caller.Service("auth"));

    /// <summary>Gets the private key that signs now, for tests that forge.</summary>
    public RSA ActiveKey => versions[^1];

    public string ActiveKeyId => KeyId(versions[^1]);

    /// <summary>Makes a new active version; the ones before go on verifying, and signing where there is an overlap.</summary>
    public void Rotate(bool overlap)
    {
        lock (change)
        {
            versions.Add(RSA.Create(2048));
            firstThatSigns = overlap ? firstThatSigns : versions.Count;
        }
    }

    public void Dispose() => versions.ForEach(version => version.Dispose());

    // RFC 7638 §3.
    private static string KeyId(RSA rsa)
    {
        var parameters = rsa.ExportParameters(includePrivateParameters: false);
        var json = $$"""{"e":"{{Base64Url.EncodeToString(parameters.Exponent)}}","kty":"RSA","n":"{{Base64Url.EncodeToString(parameters.Modulus)}}"}""";
        return Base64Url.EncodeToString(SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(json)));
    }

    private void ThrowIfAway()
    {
        if (IsAway)
        {
            throw Refusal.Because(ErrorReason.DependencyUnavailable, "Away.");
        }
    }

    public sealed class Signing(CryptoDouble crypto) : SigningService.SigningServiceBase
    {
        public override Task<SignResponse> Sign(SignRequest request, ServerCallContext context)
        {
            crypto.ThrowIfAway();
            lock (crypto.change)
            {
                if (request.Keyring != "token-signing")
                {
                    throw Refusal.Because(ErrorReason.KeyringNotFound, "No keyring has this name.");
                }

                if (request.KeyVersion < crypto.firstThatSigns || request.KeyVersion > crypto.versions.Count)
                {
                    throw Refusal.InvalidField("key_version", "is no version that signs now.");
                }

                var signature = crypto.versions[request.KeyVersion - 1].SignData(request.Data.Span, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
                return Task.FromResult(new SignResponse { Signature = ByteString.CopyFrom(signature) });
            }
        }

        public override Task<ListPublicKeysResponse> ListPublicKeys(ListPublicKeysRequest request, ServerCallContext context)
        {
            crypto.ThrowIfAway();
            lock (crypto.change)
            {
                crypto.Listings++;
                return Task.FromResult(new ListPublicKeysResponse { Keys = { crypto.versions.Select((rsa, index) => Public(rsa, index + 1)) } });
            }
        }

        private PublicKey Public(RSA rsa, int version)
        {
            var parameters = rsa.ExportParameters(includePrivateParameters: false);
            return new PublicKey
            {
                Version = version,
                KeyId = KeyId(rsa),
                Algorithm = "RS256",
                Modulus = ByteString.CopyFrom(parameters.Modulus),
                Exponent = ByteString.CopyFrom(parameters.Exponent),
                Active = version == crypto.versions.Count,
            };
        }
    }

    public sealed class Encryption(CryptoDouble crypto) : EncryptionService.EncryptionServiceBase
    {
        private const int Nonce = 12;
        private const int Tag = 16;

        public override Task<EncryptResponse> Encrypt(EncryptRequest request, ServerCallContext context)
        {
            crypto.ThrowIfAway();
            var sealedBytes = new byte[Nonce + request.Plaintext.Length + Tag];
            RandomNumberGenerator.Fill(sealedBytes.AsSpan(0, Nonce));
            using var aes = new AesGcm(crypto.key, Tag);
            aes.Encrypt(
                sealedBytes.AsSpan(0, Nonce), request.Plaintext.Span, sealedBytes.AsSpan(Nonce, request.Plaintext.Length), sealedBytes.AsSpan(^Tag), request.Context.Span);
            return Task.FromResult(new EncryptResponse { Ciphertext = $"mcs1.{request.Keyring}.1.{Base64Url.EncodeToString(sealedBytes)}" });
        }

        public override Task<DecryptResponse> Decrypt(DecryptRequest request, ServerCallContext context)
        {
            crypto.ThrowIfAway();
            var sealedBytes = Base64Url.DecodeFromChars(request.Ciphertext.Split('.')[3]);
            var plaintext = new byte[sealedBytes.Length - Nonce - Tag];
            using var aes = new AesGcm(crypto.key, Tag);
            try
            {
                aes.Decrypt(sealedBytes.AsSpan(0, Nonce), sealedBytes.AsSpan(Nonce, plaintext.Length), sealedBytes.AsSpan(^Tag), plaintext, request.Context.Span);
            }
            catch (AuthenticationTagMismatchException)
            {
                throw Refusal.Because(ErrorReason.CiphertextInvalid, "The ciphertext cannot be decrypted here.");
            }

            return Task.FromResult(new DecryptResponse { Plaintext = ByteString.CopyFrom(plaintext), KeyVersion = 1 });
        }
    }
}
