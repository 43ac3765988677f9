namespace McpSecure.SystemTests;

/// <summary>Waits for what must come about by itself.</summary>
internal static class Until
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>Asks again and again until the answer is yes; fails after a minute.</summary>
    public static async Task TrueAsync(string what, Func<Task<bool>> holds)
    {
        var begun = TimeProvider.System.GetTimestamp();

        while (!await holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Patience, $"Waited a minute in vain: {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(50));
        }
    }
}
