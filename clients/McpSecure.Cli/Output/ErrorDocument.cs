namespace McpSecure.Cli.Output;

/// <summary>Tells a program what went wrong: the one JSON document on standard error.</summary>
internal sealed record ErrorDocument(ErrorDetails Error);

/// <summary>Describes one failure.</summary>
/// <param name="Reason">The stable word: an ErrorReason without its prefix, or one of the command's own.</param>
/// <param name="Status">The gRPC status by name; null where no call was made.</param>
/// <param name="Message">The sentence for people.</param>
/// <param name="Fields">Which fields of the request broke which rule.</param>
/// <param name="Details">Facts that go with the reason.</param>
/// <param name="Hint">What to do next; null where nothing helps.</param>
/// <param name="TraceId">What finds the call in traces, logs and the audit log.</param>
/// <param name="ExitCode">What the shell is told.</param>
internal sealed record ErrorDetails(
    string Reason,
    string? Status,
    string Message,
    IReadOnlyList<FieldError> Fields,
    IReadOnlyDictionary<string, string> Details,
    string? Hint,
    string TraceId,
    int ExitCode);

/// <summary>Tells which field broke which rule.</summary>
internal sealed record FieldError(string Field, string Description);
