using System.Collections.Concurrent;

namespace McpSecure.SystemTests;

/// <summary>Makes calls again and again, from several callers at once and without retries, and keeps what fails.</summary>
internal sealed class Load : IAsyncDisposable
{
    // A pause keeps three callers from being an overload, which is answered with UNAVAILABLE and is not what is tested.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(10);

    private readonly CancellationTokenSource ending = new();
    private readonly ConcurrentQueue<string> failures = [];
    private readonly List<Task> callers = [];
    private int calls;

    /// <summary>Gets how many calls succeeded.</summary>
    public int Calls => Volatile.Read(ref calls);

    /// <summary>Begins to make a call in turn; it throws where its answer is not right.</summary>
    public Load With(string name, Func<Task> call)
    {
        callers.Add(Task.Run(() => CallAsync(name, call)));
        return this;
    }

    /// <summary>Waits until a number of calls more has succeeded.</summary>
    public async Task GoOnAsync(int more)
    {
        var wanted = Calls + more;
        await Until.TrueAsync($"{more} calls more", () => Task.FromResult(Calls >= wanted || !failures.IsEmpty));
    }

    /// <summary>Ends the calls and returns what failed.</summary>
    public async Task<IReadOnlyCollection<string>> EndAsync()
    {
        await ending.CancelAsync();
        await Task.WhenAll(callers);
        return failures;
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        ending.Dispose();
    }

    private async Task CallAsync(string name, Func<Task> call)
    {
        while (!ending.IsCancellationRequested)
        {
            try
            {
                await call();
                Interlocked.Increment(ref calls);
                await Task.Delay(Pause);
            }
            catch (Exception e)
            {
                failures.Enqueue($"{name}: {e.Message}"); // the first of each caller is enough
                return;
            }
        }
    }
}
