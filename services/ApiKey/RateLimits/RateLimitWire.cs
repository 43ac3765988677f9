using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Reads and writes what calls say of limits.</summary>
internal static class RateLimitWire
{
    /// <summary>Reads the address of an end client.</summary>
    /// <exception cref="Refusal">FIELD_INVALID: it is none.</exception>
    public static ClientAddress ReadAddress(string text) => ClientAddress.TryParse(text, out var address)
        ? address
        : throw Refusal.InvalidField("client_address", "must be an IPv4 or IPv6 address, without a port or a zone.");

    /// <summary>Finds the rule of an endpoint; null where the call names none.</summary>
    /// <exception cref="Refusal">FIELD_INVALID: no rule has this name.</exception>
    public static EndpointRule? ReadEndpoint(RateLimitRules rules, string name) => name.Length == 0
        ? null
        : rules.OfEndpoint(name) ?? throw Refusal.InvalidField("endpoint", "must be the name of a rule of this service's settings.");

    /// <summary>Says what a call counts for.</summary>
    public static int CostOf(int asked, EndpointRule? endpoint) => asked != 0 ? asked : endpoint?.Cost ?? 1;

    /// <summary>Writes how far the tightest limit is used; null where there is none.</summary>
    public static RateLimitState? Write(in LimitState? tightest) => tightest is not { } state
        ? null
        : new()
        {
            Limit = state.Limit.Name,
            Burst = state.Limit.Gcra.Burst,
            Remaining = state.Remaining,
            ResetAfter = state.ResetAfter.ToDuration(),
        };

    /// <summary>Makes the refusal of a call that was not let through.</summary>
    public static Refusal Refuse(in RateVerdict verdict)
    {
        if (verdict is not { Outcome: RateOutcome.Refused, Tightest: { } state })
        {
            return Refusal.Because(ErrorReason.DependencyUnavailable, "Calls cannot be counted now, and a limit lets none through uncounted: try again.");
        }

        // Whole seconds, as RFC 9110 §10.2.3 has them, and never too early.
        return state.RetryAfter is { } wait
            ? Refusal.Because(
                ErrorReason.RateLimited,
                "A limit lets no more through now.",
                ("limit", state.Limit.Name),
                ("burst", state.Limit.Gcra.Burst),
                ("remaining", state.Remaining),
                ("reset_after_seconds", Seconds(state.ResetAfter)),
                ("retry_after_seconds", Seconds(wait)))
            : Refusal.Because(
                ErrorReason.RateLimited,
                "The call costs more than a limit ever lets through at once.",
                ("limit", state.Limit.Name),
                ("burst", state.Limit.Gcra.Burst),
                ("remaining", state.Remaining),
                ("reset_after_seconds", Seconds(state.ResetAfter)));
    }

    private static long Seconds(TimeSpan time) => (long)Math.Ceiling(time.TotalSeconds);
}
