namespace McpSecure.ApiKey;

/// <summary>A text that this platform has made as a key: form and checksum are right. Whether the key is there and may be used is not said.</summary>
internal readonly struct PresentedKey
{
    private readonly ReadOnlyMemory<char> body;

    private PresentedKey(ApiKeyId id, ReadOnlyMemory<char> body, KeyDigest digest) => (Id, this.body, Digest) = (id, body, digest);

    public ApiKeyId Id { get; }

    public KeyDigest Digest { get; }

    /// <summary>Reads a text, without any I/O. Says in <paramref name="claimed"/> which key it claims to be, whether it is or not.</summary>
    public static bool TryRead(string text, KeyPrefixes prefixes, Pepper pepper, out PresentedKey key, out ApiKeyId? claimed)
    {
        (key, claimed) = (default, null);
        if (!ApiKeyFormat.TrySplit(text, prefixes, out var prefix, out var id, out var body, out var checksum))
        {
            return false;
        }

        claimed = id;
        var digest = pepper.DigestOf(prefix, body.Span);
        key = new(id, body, digest);
        return digest.HasChecksum(checksum.Span);
    }

    /// <summary>Takes an imported key's text, which was found to be this key's.</summary>
    public static PresentedKey Of(ApiKeyId id, ImportedText imported, KeyDigest digest) => new(id, imported.RevealBody(id).AsMemory(), digest);

    /// <summary>Gives the id and the secret, as they are written: what the hash at rest is made of.</summary>
    public string RevealBody() => new(body.Span);

    public override string ToString() => nameof(PresentedKey);
}
