namespace McpSecure.Authorization.Tests;

/// <summary>Rolls the same numbers for the same seed, so that a model that fails can be made again (SplitMix64, Steele et al. 2014).</summary>
internal sealed class Dice(ulong seed)
{
    private ulong state = seed;

    /// <summary>Rolls a number from 0, below a bound.</summary>
    public int Below(int bound)
    {
        state += 0x9E3779B97F4A7C15;
        var mixed = (state ^ (state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)bound);
    }

    /// <summary>Tells, once in so many times, yes.</summary>
    public bool Once(int times) => Below(times) == 0;

    public T Of<T>(params IReadOnlyList<T> choices) => choices[Below(choices.Count)];

    public IReadOnlyList<T> Some<T>(int most, Func<T> make) => [.. Enumerable.Range(0, Below(most + 1)).Select(_ => make())];
}
