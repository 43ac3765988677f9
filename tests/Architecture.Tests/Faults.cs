namespace McpSecure.Architecture.Tests;

/// <summary>Fails with every fault that was found, a line each, however many there are.</summary>
internal static class Faults
{
    public static void AssertNone(IEnumerable<string> faults)
    {
        var found = faults.ToList();

        Assert.True(found.Count == 0, $"{found.Count} found:{Environment.NewLine}{string.Join(Environment.NewLine, found)}");
    }

    public static void AssertNone<T>(IEnumerable<T> faulty, Func<T, string> name) => AssertNone(faulty.Select(name));
}
