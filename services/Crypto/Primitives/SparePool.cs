namespace McpSecure.Crypto;

/// <summary>Lends objects that one thread at a time may use; keeps one for each processor, makes more when all are out.</summary>
internal sealed class SparePool<T>(Func<T> make) : IDisposable
    where T : class, IDisposable
{
    private readonly T?[] spares = new T?[Environment.ProcessorCount];
    private volatile bool disposed;

    /// <summary>Lends one; disposing the loan gives it back.</summary>
    public Loan Borrow()
    {
        ObjectDisposedException.ThrowIf(disposed, this);
        for (var i = 0; i < spares.Length; i++)
        {
            if (spares[i] is not null && Interlocked.Exchange(ref spares[i], null) is { } spare)
            {
                return new Loan(this, spare);
            }
        }

        return new Loan(this, make());
    }

    /// <summary>Disposes what is in; what is out is disposed when it comes back.</summary>
    public void Dispose()
    {
        disposed = true;
        for (var i = 0; i < spares.Length; i++)
        {
            Interlocked.Exchange(ref spares[i], null)?.Dispose();
        }
    }

    private void Return(T item)
    {
        for (var i = 0; i < spares.Length && !disposed; i++)
        {
            if (spares[i] is null && Interlocked.CompareExchange(ref spares[i], item, null) is null)
            {
                // Whoever disposed the pool meanwhile may have missed this one.
                if (disposed)
                {
                    Dispose();
                }

                return;
            }
        }

        item.Dispose();
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
