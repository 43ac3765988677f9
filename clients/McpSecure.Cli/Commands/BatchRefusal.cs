using System.Globalization;
using System.Text.RegularExpressions;
using Grpc.Core;
using McpSecure.Client;

namespace McpSecure.Cli.Commands;

/// <summary>
/// Ends a batch of which one request was refused as a whole. What it says of items counts within that request; this counts from
/// the first of all lines, as contract and service do: from 0.
/// </summary>
/// <param name="refused">What the service answered.</param>
/// <param name="before">How many items were sent in the requests before.</param>
internal sealed partial class BatchRefusal(RpcException refused, long before) : Exception(refused.Message, refused)
{
    /// <summary>Gets the refusal with the places that items have in the whole batch.</summary>
    public McpSecureError Error { get; } = Shift(McpSecureError.From(refused), before);

    private static McpSecureError Shift(McpSecureError error, long before) => error with
    {
        Message = Shift(error.Message, before),
        Violations = [.. error.Violations.Select(violation => new FieldViolation(Shift(violation.Field, before), Shift(violation.Description, before)))],
    };

    private static string Shift(string text, long before) => Place().Replace(text, place =>
        long.TryParse(place.ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? $"{before + number}" : place.Value);

    // "items[3].ciphertext", "is that of items[2] too.", "questions[3].resource", "api_keys[3].scopes[0]".
    [GeneratedRegex(@"(?<=\b(items|questions|api_keys)\[)[0-9]{1,9}(?=\])", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Place();
}
