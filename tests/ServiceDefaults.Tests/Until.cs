namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Waits for what real servers and threads do in their own time.</summary>
internal static class Until
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Asks again and again until the answer is yes; fails after 30 s.</summary>
    public static async Task TrueAsync(Func<Task<bool>> isSo, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (!await isSo())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(begun) < Limit, $"Not so within {Limit}: {what}");
            await Task.Delay(10);
        }
    }
}
