namespace McpSecure.Audit;

/// <summary>
/// Verifies the chain from the stored bytes: each body gives its leaf hash, each leaf and the link before give the next link, places have no
/// gaps, the columns that entries are found by say what the bytes say, and the log ends where its head says, with the link that the head keeps.
/// </summary>
/// <remarks>Whoever can rewrite every entry and the head can forge a whole log; what shows that lies outside, with whoever kept an old link.</remarks>
internal sealed class LogVerifier(LogReader reader)
{
    /// <summary>Reads the log from its first entry to the one that is the last when this begins.</summary>
    public async Task<Verification> VerifyAsync(CancellationToken cancellationToken)
    {
        var (end, lastEntry) = await reader.EndAsync(cancellationToken);
        var (sequence, link) = (0L, LogHash.Genesis.ToArray());
        while (sequence < end.Sequence)
        {
            var entries = await reader.ReadAsync(sequence + 1, end.Sequence, cancellationToken);
            foreach (var entry in entries)
            {
                if (!Follows(entry, sequence, link))
                {
                    return new Verification(entry.Sequence == sequence + 1 ? entry.Sequence : sequence, link, FirstInvalid: sequence + 1);
                }

                (sequence, link) = (entry.Sequence, entry.Link);
            }

            // The head knows of entries that are not there.
            if (entries.Count == 0)
            {
                return new Verification(sequence, link, FirstInvalid: sequence + 1);
            }
        }

        // The chain is whole; it must also end where the head says.
        return lastEntry > end.Sequence || !link.AsSpan().SequenceEqual(end.Link)
            ? new Verification(sequence, link, FirstInvalid: sequence + 1)
            : new Verification(sequence, link, FirstInvalid: null);
    }

    private static bool Follows(StoredEntry entry, long previous, byte[] previousLink)
    {
        if (entry.Sequence != previous + 1 || !LogHash.Link(previousLink, entry.Leaf).AsSpan().SequenceEqual(entry.Link))
        {
            return false;
        }

        try
        {
            entry.Open();
            return true;
        }
        catch (InvalidDataException)
        {
            return false;
        }
    }
}

/// <summary>Says what a verification found.</summary>
/// <param name="Entries">How many entries were read.</param>
/// <param name="Head">The last link that was reached, 32 bytes; of the start where the log is empty.</param>
/// <param name="FirstInvalid">The place of the first entry that does not follow; null: every one does.</param>
internal sealed record Verification(long Entries, byte[] Head, long? FirstInvalid);
