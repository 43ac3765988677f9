using System.Runtime.InteropServices;

namespace McpSecure.ServiceDefaults;

/// <summary>Collects events in memory, in order, already as the batches they are written in. Safe to use in parallel; one reader takes the batches.</summary>
/// <param name="capacity">The most events in memory.</param>
internal sealed class DecisionBuffer(int capacity) : IDisposable
{
    private const int FirstSizeInBytes = 16 * 1024;

    private readonly Lock change = new();
    private readonly Queue<Filling> full = new();
    private readonly SemaphoreSlim arrived = new(0);
    private Filling? filling;
    private byte[]? spare;
    private int count;
    private long oldest;
    private bool closed;

    /// <summary>Gets how many events are in memory.</summary>
    public int Count => Volatile.Read(ref count);

    /// <summary>Gets when the oldest event came; 0 where there is none.</summary>
    public long Oldest => Volatile.Read(ref oldest);

    /// <summary>Gets whether a batch is full, so that it is no use to wait for more.</summary>
    public bool HasFullBatch
    {
        get
        {
            lock (change)
            {
                return full.Count > 0;
            }
        }
    }

    /// <summary>Adds an event. Returns false where there is no room, or none is taken any more.</summary>
    /// <param name="serialized">The serialized event, which is copied.</param>
    /// <param name="now">When it came, as a timestamp of the clock that is not 0.</param>
    public bool TryAdd(ReadOnlySpan<byte> serialized, long now)
    {
        lock (change)
        {
            if (closed || count == capacity)
            {
                return false;
            }

            // Kept once the event is in it: a batch that nobody is told of would never be taken.
            var batch = filling ?? new Filling(now, spare ?? new byte[FirstSizeInBytes]);
            batch.Add(serialized);
            count++;
            if (filling is null)
            {
                spare = null;
                filling = batch;
                LookForOldest();
                arrived.Release(); // last: the reader looks at the count without the lock
            }

            if (batch.IsFull)
            {
                full.Enqueue(batch);
                filling = null;
            }

            return true;
        }
    }

    /// <summary>Waits for a batch to take. Returns false where none will come any more.</summary>
    public async ValueTask<bool> WaitAsync(CancellationToken cancellationToken)
    {
        await arrived.WaitAsync(cancellationToken);
        return Count > 0;
    }

    /// <summary>Takes the oldest batch, as far as it is filled. There is one for each time that <see cref="WaitAsync"/> returned true.</summary>
    public EventBatch Take()
    {
        lock (change)
        {
            if (!full.TryDequeue(out var first))
            {
                (first, filling) = (filling!, null);
            }

            var batch = first.ToBatch();
            count -= batch.Count;
            LookForOldest();
            return batch;
        }
    }

    /// <summary>Gives the memory of a batch back, which nobody reads any more. Two pieces take turns, as large as the traffic made them.</summary>
    public void GiveBack(EventBatch batch)
    {
        lock (change)
        {
            spare = MemoryMarshal.TryGetArray(batch.Request, out var bytes) ? bytes.Array : null;
        }
    }

    /// <summary>Takes no more events.</summary>
    public void Close()
    {
        lock (change)
        {
            if (!closed)
            {
                closed = true;
                arrived.Release();
            }
        }
    }

    public void Dispose() => arrived.Dispose();

    private void LookForOldest() => Volatile.Write(ref oldest, full.TryPeek(out var first) ? first.Begun : filling?.Begun ?? 0);

    private sealed class Filling(long begun, byte[] memory)
    {
        private byte[] bytes = memory;
        private int written;
        private int count;

        public long Begun => begun;

        public bool IsFull => count == OutboxDelivery.MostEvents || written >= OutboxDelivery.BatchSizeInBytes / 2;

        public void Add(ReadOnlySpan<byte> serialized)
        {
            var needed = written + serialized.Length + EventBatch.OverheadInBytes;
            if (needed > bytes.Length)
            {
                Array.Resize(ref bytes, Math.Max(needed, 2 * bytes.Length));
            }

            written += EventBatch.Write(serialized, bytes.AsSpan(written));
            count++;
        }

        public EventBatch ToBatch() => new(bytes.AsMemory(0, written), count);
    }
}
