using System.CommandLine.Parsing;
using System.Globalization;
using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary>Says how often a key may be used, as people write it: <c>100/1m</c>.</summary>
internal sealed record KeyRate(int Requests, TimeSpan Period)
{
    /// <summary>Says what a rate looks like.</summary>
    public const string Form = "a rate: write 100/1m or 5000/24h";

    /// <summary>Reads a text; null where it is no rate.</summary>
    public static KeyRate? TryRead(string text) =>
        text.Split('/') is [var count, var period]
        && int.TryParse(count, NumberStyles.None, CultureInfo.InvariantCulture, out var requests)
        && Durations.TryRead(period) is { } time
            ? new KeyRate(requests, time)
            : null;

    /// <summary>Reads an option's value; what is no rate adds an error.</summary>
    public static KeyRate? Parse(ArgumentResult result)
    {
        var text = result.Tokens[0].Value;
        var read = TryRead(text);
        if (read is null)
        {
            result.AddError($"'{text}' is not {Form}.");
        }

        return read;
    }

    /// <summary>Writes what a key has; null as nothing.</summary>
    public static string Write(KeyRateView? rate) => rate is null
        ? Text.None
        : $"{rate.Requests}/{Durations.Write(rate.PeriodSeconds)}{(rate.Burst > 0 ? $", at most {rate.Burst} at once" : "")}";

    /// <summary>Makes what goes to the service; <paramref name="burst"/> is null for as many at once as in a period.</summary>
    public ApiKeyRateLimit ToMessage(int? burst) => new() { Requests = Requests, Period = Duration.FromTimeSpan(Period), Burst = burst ?? 0 };
}

/// <summary>Shows how often a key may be used; a burst of 0 is as many at once as in a period.</summary>
internal sealed record KeyRateView(int Requests, long PeriodSeconds, int Burst)
{
    public static KeyRateView? Of(ApiKeyRateLimit? rate) => rate is null ? null : new(rate.Requests, rate.Period.Seconds, rate.Burst);
}
