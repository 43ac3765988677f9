using Grpc.Core;
using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Output;

/// <summary>Tells of a refusal that a service sent, or of a service that sent nothing.</summary>
internal static class RemoteError
{
    public static ErrorDetails Describe(McpSecureError error, string traceId) => new(
        Reason(error),
        ScreamingSnake(error.Status.ToString()),
        error.Message,
        [.. error.Violations.Select(violation => new FieldError(violation.Field, violation.Description))],
        error.Metadata.Where(fact => fact.Key != "trace_id").ToDictionary(StringComparer.Ordinal),
        Hint(error),
        traceId,
        (int)ExitCodes.For(error.Status, error.Reason));

    /// <summary>Answers a reason as the contract writes it, without its prefix.</summary>
    public static string NameOf(ErrorReason reason) => ScreamingSnake(reason.ToString());

    private static string Reason(McpSecureError error) =>
        error.ReasonName.Length > 0 ? error.ReasonName : ScreamingSnake(error.Status.ToString());

    private static string? Hint(McpSecureError error) => error switch
    {
        { Reason: not ErrorReason.Unspecified } => Hints.For(error.Reason),
        { Status: StatusCode.Unavailable } => "Is the platform up and healthy? ./eng/run.sh starts it; the dashboard shows each service.",
        { Status: StatusCode.DeadlineExceeded } => "--timeout SECONDS waits longer.",
        _ => null,
    };

    // NotFound → NOT_FOUND, as every gRPC tool writes it.
    private static string ScreamingSnake(string name) =>
        string.Concat(name.Select((character, i) => i > 0 && char.IsUpper(character) ? $"_{character}" : $"{char.ToUpperInvariant(character)}"));
}
