namespace McpSecure.Cli;

/// <summary>Ends a command for a reason found on this side of the wire; the counterpart of a service's refusal.</summary>
internal sealed class CommandFailure(ExitCode exitCode, string reason, string message, string? hint = null, Exception? cause = null)
    : Exception(message, cause)
{
    /// <summary>Gets what the shell is told.</summary>
    public ExitCode ExitCode { get; } = exitCode;

    /// <summary>Gets the stable word for programs, in the style of ErrorReason.</summary>
    public string Reason { get; } = reason;

    /// <summary>Gets what to do next, in a sentence.</summary>
    public string? Hint { get; } = hint;

    /// <summary>Says that the command line or something it names cannot be used.</summary>
    public static CommandFailure InvalidInput(string message, string? hint = null) =>
        new(ExitCode.InvalidInput, "INVALID_INPUT", message, hint);

    /// <summary>Says that a file cannot be read or written.</summary>
    public static CommandFailure File(string message, Exception cause) =>
        new(ExitCode.InvalidInput, "FILE_UNUSABLE", $"{message}: {cause.Message}", cause: cause);
}
