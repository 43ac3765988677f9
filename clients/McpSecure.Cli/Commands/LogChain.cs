using System.Security.Cryptography;
using McpSecure.Audit.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Follows the hash chain of the audit log entry by entry, trusting only the bytes of the events.</summary>
internal sealed class LogChain
{
    private readonly byte[] head = new byte[SHA256.HashSizeInBytes];

    /// <summary>Gets how many entries followed from each other so far.</summary>
    public long Entries { get; private set; }

    /// <summary>Gets the link of the last of them; 32 zero bytes before the first.</summary>
    public ReadOnlySpan<byte> Head => head;

    /// <summary>Takes the next entry. Answers null where it follows, else what is wrong with it; then nothing was taken.</summary>
    public string? TryAdd(LogEntry entry)
    {
        if (entry.Sequence != Entries + 1)
        {
            return $"Place {Entries + 1} is missing: the log answers place {entry.Sequence} in its stead.";
        }

        // RFC 6962 section 2.1: the first byte keeps leaves and links apart, so that none can pass for the other.
        Span<byte> leaf = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(0x00, entry.Body.Span, [], leaf);
        if (!leaf.SequenceEqual(entry.LeafHash.Span))
        {
            return $"The event at place {entry.Sequence} is not the one that was hashed.";
        }

        Span<byte> link = stackalloc byte[SHA256.HashSizeInBytes];
        Hash(0x01, head, leaf, link);
        if (!link.SequenceEqual(entry.Link.Span))
        {
            return $"The entry at place {entry.Sequence} does not follow from the one before.";
        }

        link.CopyTo(head);
        Entries++;
        return null;
    }

    private static void Hash(byte kind, ReadOnlySpan<byte> first, ReadOnlySpan<byte> second, Span<byte> hash)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        sha.AppendData([kind]);
        sha.AppendData(first);
        sha.AppendData(second);
        sha.GetHashAndReset(hash);
    }
}
