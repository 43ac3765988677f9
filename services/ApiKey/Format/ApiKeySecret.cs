namespace McpSecure.ApiKey;

/// <summary>A new key's text and what it is hashed from. Shown to its owner once and kept nowhere.</summary>
internal sealed class ApiKeySecret
{
    private readonly string text;

    private ApiKeySecret(string body, string text) => (Body, this.text) = (body, text);

    /// <summary>Gets the id and the secret, as they are written: what the hash at rest is made of.</summary>
    public string Body { get; }

    /// <summary>Makes a new secret for a key.</summary>
    public static ApiKeySecret New(string prefix, ApiKeyId id, Pepper pepper) => Of(prefix, ApiKeyFormat.NewBody(id), pepper);

    /// <summary>Completes an id and a secret, as they are written, to the key's text.</summary>
    public static ApiKeySecret Of(string prefix, string body, Pepper pepper)
    {
        Span<char> checksum = stackalloc char[ApiKeyFormat.ChecksumLength];
        pepper.DigestOf(prefix, body).WriteChecksum(checksum);
        return new(body, $"{prefix}{body}{checksum}");
    }

    /// <summary>Gives the whole key.</summary>
    public string Reveal() => text;

    public override string ToString() => nameof(ApiKeySecret);
}
