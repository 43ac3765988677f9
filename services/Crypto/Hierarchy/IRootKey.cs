namespace McpSecure.Crypto;

/// <summary>
/// Seals and opens key-encryption keys under the root of the hierarchy. A seam: the root lies in a file here, and in a key management
/// service where there is one. Held only while the hierarchy is opened.
/// </summary>
internal interface IRootKey : IDisposable
{
    /// <summary>Gets the name of this root key, which tells it from others and nothing more; stored beside what it sealed.</summary>
    string Id { get; }

    /// <summary>Seals a key, and binds to it a label that says what it is; the same is needed to open it.</summary>
    Task<byte[]> WrapAsync(SecretBytes key, byte[] label, CancellationToken cancellationToken);

    /// <summary>Opens a sealed key. Returns null where it was not sealed under this root key and label, or was changed since.</summary>
    Task<SecretBytes?> UnwrapAsync(byte[] wrapped, byte[] label, CancellationToken cancellationToken);
}
