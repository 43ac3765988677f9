namespace McpSecure.Audit;

/// <summary>Keeps messages small enough to be read: takes entries until they reach a size, and one at least.</summary>
internal sealed class SizeLimit(int sizeInBytes)
{
    private int taken;

    /// <summary>Tells whether an entry still goes into the message, and counts it.</summary>
    public bool Takes(StoredEntry entry)
    {
        if (taken >= sizeInBytes)
        {
            return false;
        }

        taken += entry.Body.Length;
        return true;
    }

    /// <summary>Splits entries into messages, in order.</summary>
    public IEnumerable<IReadOnlyList<StoredEntry>> Split(IEnumerable<StoredEntry> entries)
    {
        var message = new List<StoredEntry>();
        foreach (var entry in entries)
        {
            if (!Takes(entry))
            {
                yield return message;
                message = [entry];
                taken = entry.Body.Length;
            }
            else
            {
                message.Add(entry);
            }
        }

        if (message.Count > 0)
        {
            yield return message;
        }
    }
}
