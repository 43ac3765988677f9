using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Checks what the items of a batch must be to one another.</summary>
internal static class Batch
{
    /// <summary>Refuses a batch in which two items have the same value in a field; an empty value is none.</summary>
    /// <exception cref="Refusal">FIELD_INVALID: names both items, and nothing was done with any.</exception>
    public static void RefuseDuplicates<T>(IReadOnlyList<T> items, Func<T, string> valueOf, string field)
    {
        var places = new Dictionary<string, int>(items.Count, StringComparer.Ordinal);
        for (var i = 0; i < items.Count; i++)
        {
            if (valueOf(items[i]) is { Length: > 0 } value && !places.TryAdd(value, i))
            {
                throw Refusal.InvalidField($"items[{i}].{field}", $"is that of items[{places[value]}] too.");
            }
        }
    }
}

/// <summary>Counts what became of the items of a batch, for its event.</summary>
internal sealed record BatchCounts(int Items, int Refused);
