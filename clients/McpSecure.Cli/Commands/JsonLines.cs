using System.Runtime.CompilerServices;
using McpSecure.Cli.Input;

namespace McpSecure.Cli.Commands;

/// <summary>Reads JSON Lines of any number, as many at a time as a request takes.</summary>
internal static class JsonLines
{
    /// <summary>The most items that a request may have.</summary>
    private const int LargestBatch = 1000;

    /// <summary>Reads batches: 1 000 items, or as many as it takes to have <paramref name="sizeInBytes"/> bytes of lines.</summary>
    /// <param name="stream">The lines.</param>
    /// <param name="sizeInBytes">After how many bytes a batch is whole.</param>
    /// <param name="read">Reads a line; null where it is no item.</param>
    /// <param name="hint">What an item looks like.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async IAsyncEnumerable<IReadOnlyList<T>> ReadAsync<T>(
        Stream stream, int sizeInBytes, Func<byte[], T?> read, string hint, [EnumeratorCancellation] CancellationToken cancellationToken)
        where T : class
    {
        var batch = new List<T>();
        var (number, size) = (0L, 0L);
        await foreach (var line in InputLines.ReadAsync(stream, cancellationToken))
        {
            number++;
            batch.Add(read(line) ?? throw CommandFailure.InvalidInput($"Line {number} is no item of a batch.", hint));
            size += line.Length;
            if (batch.Count == LargestBatch || size >= sizeInBytes)
            {
                yield return batch;
                batch = [];
                size = 0;
            }
        }

        if (batch.Count > 0)
        {
            yield return batch;
        }
    }
}
