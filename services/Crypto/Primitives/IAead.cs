namespace McpSecure.Crypto;

/// <summary>Seals and opens messages under one key with random nonces. Safe to use in parallel.</summary>
internal interface IAead : IDisposable
{
    /// <summary>Gets how many bytes a sealed message has more than its plaintext.</summary>
    int OverheadInBytes { get; }

    /// <summary>Seals a plaintext under a fresh random nonce and binds associated data to it.</summary>
    /// <param name="plaintext">The plaintext.</param>
    /// <param name="associatedData">What is bound to it.</param>
    /// <param name="destination">Takes the sealed message; exactly <see cref="OverheadInBytes"/> longer than the plaintext.</param>
    void Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associatedData, Span<byte> destination);

    /// <summary>
    /// Opens a sealed message of at least <see cref="OverheadInBytes"/> into <paramref name="plaintext"/>, which is exactly that much shorter
    /// and zeroed where this returns false: anything of the message, its key or its associated data is not as it was sealed.
    /// </summary>
    bool TryOpen(ReadOnlySpan<byte> message, ReadOnlySpan<byte> associatedData, Span<byte> plaintext);
}
