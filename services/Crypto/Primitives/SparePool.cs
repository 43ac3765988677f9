using System.Collections.Concurrent;

namespace McpSecure.Crypto;

/// <summary>Lends objects that one thread at a time may use; keeps some for the next, makes more when all are out.</summary>
internal sealed class SparePool<T>(Func<T> make) : IDisposable
    where T : class, IDisposable
{
    private readonly ConcurrentBag<T> spares = [];
    private volatile bool disposed;

    /// <summary>Lends one; disposing the loan gives it back.</summary>
    public Loan Borrow()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        return new Loan(this, spares.TryTake(out var spare) ? spare : make());
    }

    /// <summary>Disposes what is in; what is out is disposed when it comes back.</summary>
    public void Dispose()
    {
        disposed = true;
        while (spares.TryTake(out var spare))
        {
            spare.Dispose();
        }
    }

    private void Return(T item)
    {
        if (disposed || spares.Count >= Environment.ProcessorCount)
        {
            item.Dispose();
            return;
        }

        spares.Add(item);

        // Whoever disposed the pool between the two lines above has missed this one.
        if (disposed)
        {
            Dispose();
        }
    }

    /// <summary>Holds a borrowed object until it is disposed.</summary>
    internal readonly ref struct Loan(SparePool<T> pool, T item)
    {
        /// <summary>Gets the object.</summary>
        public T Item => item;

        /// <summary>Gives the object back.</summary>
        public void Dispose() => pool.Return(item);
    }
}
