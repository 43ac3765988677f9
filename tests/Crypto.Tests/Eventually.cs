namespace McpSecure.Crypto.Tests;

/// <summary>Waits for what happens by itself.</summary>
internal static class Eventually
{
    /// <summary>Returns once a condition holds; fails after ten seconds.</summary>
    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await condition())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(10), "It did not happen within ten seconds.");
            await Task.Delay(20);
        }
    }
}
