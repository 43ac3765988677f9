using Microsoft.Extensions.Options;

namespace McpSecure.Auth;

/// <summary>Says how long the next try must wait after so many failures in a row: not at all at first, then twice as long each time.</summary>
internal sealed class ProgressiveDelay
{
    private readonly TimeSpan[] delays;

    /// <summary>Makes the series that the options describe.</summary>
    public ProgressiveDelay(IOptions<SignInOptions> options)
    {
        var series = Enumerable.Repeat(TimeSpan.Zero, options.Value.FreeFailures).ToList();
        for (var delay = options.Value.FirstDelay; delay < options.Value.LongestDelay; delay *= 2)
        {
            series.Add(delay);
        }

        delays = [.. series, options.Value.LongestDelay];
    }

    /// <summary>Gives the wait after this many failures in a row; at least one.</summary>
    public TimeSpan After(int failures) => delays[Math.Min(failures, delays.Length) - 1];
}
