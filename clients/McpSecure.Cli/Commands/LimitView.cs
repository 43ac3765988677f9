using System.Globalization;
using McpSecure.ApiKey.V1;
using McpSecure.Client;

namespace McpSecure.Cli.Commands;

/// <summary>Shows how far the tightest limit is used.</summary>
/// <param name="Limit">Which one; empty where the answer does not tell.</param>
/// <param name="Burst">How much it lets through at once.</param>
/// <param name="Remaining">How much of that is left.</param>
/// <param name="ResetAfterSeconds">How long until everything is there again.</param>
/// <param name="RetryAfterSeconds">How long until the call would be let through; null where it was, or never will be at its cost.</param>
internal sealed record LimitView(string Limit, long Burst, long Remaining, long ResetAfterSeconds, long? RetryAfterSeconds)
{
    public static LimitView? Of(RateLimitState? state) => state is null
        ? null
        : new(state.Limit, state.Burst, state.Remaining, (long)Math.Ceiling(state.ResetAfter.ToTimeSpan().TotalSeconds), RetryAfterSeconds: null);

    /// <summary>Reads it from a refusal.</summary>
    public static LimitView Of(McpSecureError refusal) => new(
        refusal.Metadata.GetValueOrDefault("limit", ""),
        Number(refusal, "burst") ?? 0,
        Number(refusal, "remaining") ?? 0,
        Number(refusal, "reset_after_seconds") ?? 0,
        Number(refusal, "retry_after_seconds"));

    /// <summary>Writes a limit that let a call through; null as nothing.</summary>
    public static (string Label, string Value) ForPeople(LimitView? limit) =>
        ("Limit", limit is null ? "" : $"{limit.Limit}: {limit.Remaining} of {limit.Burst} left, all again in {Durations.Write(limit.ResetAfterSeconds)}");

    /// <summary>Writes when to try again after a limit let nothing through.</summary>
    public static (string Label, string Value) RetryForPeople(LimitView limit) =>
        ("Try again", limit.RetryAfterSeconds is null ? "never: it costs more than is ever let through at once" : $"in {Durations.Write(limit.RetryAfterSeconds)}");

    private static long? Number(McpSecureError refusal, string name) =>
        refusal.Metadata.TryGetValue(name, out var text) && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}
