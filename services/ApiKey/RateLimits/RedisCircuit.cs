using System.Security.Cryptography;

namespace McpSecure.ApiKey;

/// <summary>
/// Keeps calls from waiting for a Redis that does not answer: after a failure nobody asks it for a while, then one call does for all. The
/// pauses differ by chance, so that replicas do not come back together.
/// </summary>
internal sealed class RedisCircuit(TimeProvider clock)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(2);

    private readonly Lock change = new();
    private TimeSpan pause = FirstPause;
    private long closedUntil;
    private bool failing;
    private bool trying;

    /// <summary>Gets whether Redis answered the last time.</summary>
    public bool IsClosed => !Volatile.Read(ref failing);

    /// <summary>Tells whether to ask Redis now. Whoever is told so says afterwards how it went.</summary>
    public bool TryEnter()
    {
        if (!Volatile.Read(ref failing))
        {
            return true;
        }

        lock (change)
        {
            if (!failing)
            {
                return true;
            }

            if (trying || clock.GetElapsedTime(0).Ticks < closedUntil)
            {
                return false;
            }

            trying = true;
            return true;
        }
    }

    /// <summary>Redis answered.</summary>
    public void Succeeded()
    {
        if (Volatile.Read(ref failing))
        {
            lock (change)
            {
                (failing, trying, pause) = (false, false, FirstPause);
            }
        }
    }

    /// <summary>Redis did not answer.</summary>
    public void Failed()
    {
        lock (change)
        {
            // Calls that were under way when the first of them failed say nothing new.
            if (failing && !trying)
            {
                return;
            }

            (failing, trying) = (true, false);
            closedUntil = clock.GetElapsedTime(0).Ticks + (long)(pause.Ticks * (0.75 + (RandomNumberGenerator.GetInt32(501) / 1_000.0)));
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }
}
