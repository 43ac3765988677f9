namespace McpSecure.ApiKey.Tests;

/// <summary>Draws the same numbers for the same seed, for tests that must fail again as they failed (SplitMix64, https://prng.di.unimi.it/splitmix64.c).</summary>
internal sealed class Chance(int seed)
{
    private ulong state = (ulong)seed;

    /// <summary>Draws a number below the end.</summary>
    public int Next(int end)
    {
        state += 0x9E3779B97F4A7C15;
        var z = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return (int)((z ^ (z >> 31)) % (ulong)end);
    }

    /// <summary>Draws a number from the start and below the end.</summary>
    public int Next(int start, int end) => start + Next(end - start);
}
