namespace McpSecure.Authorization.Tests;

/// <summary>Draws numbers that are the same in every run (SplitMix64), so that what a property test found is found again.</summary>
internal sealed class Draws(ulong seed)
{
    private ulong state = seed;

    /// <summary>Draws a number from 0 to below a limit.</summary>
    public int Next(int limit)
    {
        var mixed = state += 0x9E3779B97F4A7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return (int)((mixed ^ (mixed >> 31)) % (ulong)limit);
    }

    /// <summary>Draws one of some.</summary>
    public T OneOf<T>(params ReadOnlySpan<T> items) => items[Next(items.Length)];
}
