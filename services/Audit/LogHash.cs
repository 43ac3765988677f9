using System.Security.Cryptography;

namespace McpSecure.Audit;

/// <summary>Computes the hashes that hold the log together.</summary>
/// <remarks>
/// The two prefixes keep a leaf from passing for a node, and a later Merkle tree (RFC 6962 §2.1) takes the same leaves.
/// </remarks>
internal static class LogHash
{
    public const int SizeInBytes = SHA256.HashSizeInBytes;

    /// <summary>Gets the link before the first entry: 32 zero bytes.</summary>
    public static ReadOnlyMemory<byte> Genesis { get; } = new byte[SizeInBytes];

    /// <summary>Returns SHA-256(0x00 ‖ body).</summary>
    public static byte[] Leaf(ReadOnlySpan<byte> body) => Hash(0x00, body, []);

    /// <summary>Returns SHA-256(0x01 ‖ previous link ‖ leaf).</summary>
    public static byte[] Link(ReadOnlySpan<byte> previousLink, ReadOnlySpan<byte> leaf) => Hash(0x01, previousLink, leaf);

    private static byte[] Hash(byte prefix, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData([prefix]);
        hash.AppendData(first);
        hash.AppendData(second);
        return hash.GetHashAndReset();
    }
}
