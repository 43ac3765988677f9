using Grpc.Core;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Output;

/// <summary>Chooses what the shell is told about a refusal.</summary>
internal static class ExitCodes
{
    /// <summary>Answers the code for a status, and for a reason where it says more than the status does.</summary>
    public static ExitCode For(StatusCode status, ErrorReason reason) => reason switch
    {
        // A second factor is missing, not a right: the remedy is to sign in.
        ErrorReason.StepUpRequired => ExitCode.NotAuthenticated,
        ErrorReason.ApiKeyLimitReached or ErrorReason.LeaseLimitReached or ErrorReason.CertificateLimitReached or ErrorReason.RightsLimitReached => ExitCode.Conflict,
        ErrorReason.RequestTooLarge => ExitCode.InvalidInput,
        _ => For(status),
    };

    private static ExitCode For(StatusCode status) => status switch
    {
        StatusCode.OK => ExitCode.Ok,
        StatusCode.InvalidArgument or StatusCode.OutOfRange => ExitCode.InvalidInput,
        StatusCode.Unauthenticated => ExitCode.NotAuthenticated,
        StatusCode.PermissionDenied => ExitCode.PermissionDenied,
        StatusCode.NotFound => ExitCode.NotFound,
        StatusCode.AlreadyExists or StatusCode.FailedPrecondition or StatusCode.Aborted => ExitCode.Conflict,
        // Cancelled by the other side: a user who ends the command is not asked what became of the call.
        StatusCode.Unavailable or StatusCode.DeadlineExceeded or StatusCode.ResourceExhausted or StatusCode.Cancelled => ExitCode.Unavailable,
        StatusCode.Unknown or StatusCode.Unimplemented or StatusCode.Internal or StatusCode.DataLoss => ExitCode.Internal,
    };
}
