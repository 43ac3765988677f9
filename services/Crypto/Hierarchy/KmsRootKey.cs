using System.Security.Cryptography;
using System.Text;
using Amazon;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;

namespace McpSecure.Crypto;

/// <summary>
/// Keeps the root key in AWS KMS, which it never leaves: a key-encryption key is sealed by <c>Encrypt</c> and opened by <c>Decrypt</c> there,
/// bound by the encryption context to what it is, which CloudTrail then shows. The stored form is <c>02</c> and the ciphertext blob.
/// </summary>
internal sealed class KmsRootKey : IRootKey
{
    private const byte FormatAwsKms = 2;
    private const string ContextKey = "mcpsecure";

    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(5);

    private readonly string key;
    private readonly AmazonKeyManagementServiceClient client;

    /// <summary>Makes a client; nothing is asked yet.</summary>
    /// <param name="key">The ARN of the key.</param>
    /// <param name="endpoint">The address of KMS; null for that of the key's region.</param>
    /// <exception cref="RootKeyException">The SDK finds no credentials.</exception>
    public KmsRootKey(string key, Uri? endpoint)
    {
        this.key = key;
        var region = key.Split(':')[3];
        var config = new AmazonKeyManagementServiceConfig { Timeout = Timeout, MaxErrorRetry = 4, RetryMode = RequestRetryMode.Standard };
        if (endpoint is null)
        {
            config.RegionEndpoint = RegionEndpoint.GetBySystemName(region);
        }
        else
        {
            (config.ServiceURL, config.AuthenticationRegion) = (endpoint.ToString(), region);
        }

        try
        {
            client = new AmazonKeyManagementServiceClient(config);
        }
        catch (AmazonClientException e)
        {
            throw Unusable(e);
        }
    }

    public string Id => $"aws-kms:{key}";

    public async Task<byte[]> WrapAsync(SecretBytes key, byte[] label, CancellationToken cancellationToken)
    {
        var plaintext = key.Reveal().ToArray();
        try
        {
            using var stream = new MemoryStream(plaintext);
            var request = new EncryptRequest { KeyId = this.key, Plaintext = stream, EncryptionContext = ContextOf(label) };
            var answer = await client.EncryptAsync(request, cancellationToken);
            return [FormatAwsKms, .. (answer.CiphertextBlob ?? throw Empty()).ToArray()];
        }
        catch (Exception e) when (IsOfKms(e, cancellationToken))
        {
            throw Unusable(e);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    public async Task<SecretBytes?> UnwrapAsync(byte[] wrapped, byte[] label, CancellationToken cancellationToken)
    {
        if (wrapped is not [FormatAwsKms, ..])
        {
            return null;
        }

        try
        {
            using var blob = new MemoryStream(wrapped, 1, wrapped.Length - 1);

            // With the key named, so that what another key of the account sealed does not open.
            var request = new DecryptRequest { KeyId = key, CiphertextBlob = blob, EncryptionContext = ContextOf(label) };
            using var plaintext = (await client.DecryptAsync(request, cancellationToken)).Plaintext ?? throw Empty();
            var opened = SecretBytes.Take(plaintext.ToArray());
            CryptographicOperations.ZeroMemory(plaintext.TryGetBuffer(out var buffer) ? buffer : []);
            return opened;
        }
        catch (Exception e) when (e is InvalidCiphertextException or IncorrectKeyException)
        {
            return null;
        }
        catch (Exception e) when (IsOfKms(e, cancellationToken))
        {
            throw Unusable(e);
        }
    }

    public void Dispose() => client.Dispose();

    // The parts of a label are parted by zero bytes, which no part holds; none holds a slash either.
    private static Dictionary<string, string> ContextOf(byte[] label) =>
        new(StringComparer.Ordinal) { [ContextKey] = Encoding.UTF8.GetString(label).Replace('\0', '/') };

    // The SDK's service exceptions are no client exceptions. A time-out looks like a cancellation that nobody asked for.
    private static bool IsOfKms(Exception e, CancellationToken cancellationToken) =>
        e is AmazonServiceException or AmazonClientException or HttpRequestException
        || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested);

    private RootKeyException Empty() => new($"What answers for AWS KMS gave nothing for {key}: is the endpoint that of KMS?");

    private RootKeyException Unusable(Exception e) => new(
        e switch
        {
            DisabledException or KMSInvalidStateException => $"The root key {Id} is disabled or waits for deletion in AWS KMS: enable it there.",
            NotFoundException => $"AWS KMS knows no key {key}.",
            AmazonServiceException { ErrorCode: "AccessDeniedException" } =>
                $"AWS KMS does not let this service use {key}: its policy must allow kms:Encrypt and kms:Decrypt to these credentials.",
            AmazonServiceException service => $"AWS KMS does not do it now ({service.ErrorCode}, HTTP {(int)service.StatusCode}); it is tried again.",
            _ => "AWS KMS cannot be reached, or no credentials for it are found; it is tried again.",
        },
        e);
}
