using Grpc.Core;
using McpSecure.Common.V1;

namespace McpSecure.ServiceDefaults;

/// <summary>Chooses the gRPC status that goes with a reason; nothing else does.</summary>
internal static class ErrorStatus
{
    // No default: a reason without a line here does not compile (CS8509).
    public static StatusCode Of(ErrorReason reason) => reason switch
    {
        ErrorReason.Unspecified => StatusCode.Internal, // never meant
        ErrorReason.FieldInvalid => StatusCode.InvalidArgument,
        ErrorReason.RequestMalformed => StatusCode.InvalidArgument,
        ErrorReason.RequestTooLarge => StatusCode.ResourceExhausted,
        ErrorReason.Internal => StatusCode.Internal,
        ErrorReason.DependencyUnavailable => StatusCode.Unavailable,
        ErrorReason.DeadlineExceeded => StatusCode.DeadlineExceeded,
        ErrorReason.Busy => StatusCode.ResourceExhausted,

        ErrorReason.WorkloadUnknown => StatusCode.Unauthenticated,
        ErrorReason.CallerNotAllowed => StatusCode.PermissionDenied,

        ErrorReason.TokenMissing => StatusCode.Unauthenticated,
        ErrorReason.TokenInvalid => StatusCode.Unauthenticated,
        ErrorReason.PermissionDenied => StatusCode.PermissionDenied,
        ErrorReason.StepUpRequired => StatusCode.PermissionDenied,

        ErrorReason.CredentialsInvalid => StatusCode.Unauthenticated,
        ErrorReason.SecondFactorRequired => StatusCode.Unauthenticated,
        ErrorReason.TooManyAttempts => StatusCode.ResourceExhausted,
        ErrorReason.UsernameTaken => StatusCode.AlreadyExists,
        ErrorReason.PasswordTooWeak => StatusCode.InvalidArgument,
        ErrorReason.UserNotFound => StatusCode.NotFound,
        ErrorReason.BootstrapRefused => StatusCode.PermissionDenied,
        ErrorReason.TotpAlreadyEnrolled => StatusCode.FailedPrecondition,
        ErrorReason.TotpCodeInvalid => StatusCode.InvalidArgument,

        ErrorReason.RoleNotFound => StatusCode.NotFound,
        ErrorReason.AssignmentNotFound => StatusCode.NotFound,
        ErrorReason.GrantExceedsGrantor => StatusCode.PermissionDenied,
        ErrorReason.LastAdministrator => StatusCode.FailedPrecondition,

        ErrorReason.ApiKeyInvalid => StatusCode.Unauthenticated,
        ErrorReason.ApiKeyNotFound => StatusCode.NotFound,
        ErrorReason.ApiKeyLimitReached => StatusCode.ResourceExhausted,
        ErrorReason.ScopeUnknown => StatusCode.InvalidArgument,
        ErrorReason.ScopeMissing => StatusCode.PermissionDenied,
        ErrorReason.ApiKeyRotated => StatusCode.FailedPrecondition,
        ErrorReason.ApiKeyStateConflict => StatusCode.FailedPrecondition,
        ErrorReason.AddressNotAllowed => StatusCode.PermissionDenied,
        ErrorReason.RateLimited => StatusCode.ResourceExhausted,
        ErrorReason.KeyPermissionMissing => StatusCode.PermissionDenied,

        ErrorReason.KeyringNotFound => StatusCode.NotFound,
        ErrorReason.KeyringExists => StatusCode.AlreadyExists,
        ErrorReason.KeyringWrongAlgorithm => StatusCode.FailedPrecondition,
        ErrorReason.CiphertextInvalid => StatusCode.InvalidArgument,
        ErrorReason.KeyVersionNotFound => StatusCode.NotFound,
        ErrorReason.KeyStateConflict => StatusCode.FailedPrecondition,
        ErrorReason.KeyringUnusable => StatusCode.FailedPrecondition,
        ErrorReason.KeyringProtected => StatusCode.FailedPrecondition,
        ErrorReason.KeyExhausted => StatusCode.ResourceExhausted,

        ErrorReason.EventConflict => StatusCode.AlreadyExists,
        ErrorReason.PageTokenInvalid => StatusCode.InvalidArgument,

        ErrorReason.SecretNotFound => StatusCode.NotFound,
        ErrorReason.SecretVersionConflict => StatusCode.Aborted,
        ErrorReason.DatabaseNotFound => StatusCode.NotFound,
        ErrorReason.DatabaseNotUsable => StatusCode.FailedPrecondition,
        ErrorReason.DatabaseInUse => StatusCode.FailedPrecondition,
        ErrorReason.TemplateNotFound => StatusCode.NotFound,
        ErrorReason.TemplateRefused => StatusCode.FailedPrecondition,
        ErrorReason.LeaseNotFound => StatusCode.NotFound,
        ErrorReason.AccountNotFound => StatusCode.NotFound,
        ErrorReason.AccountRotating => StatusCode.FailedPrecondition,
        ErrorReason.LeaseLimitReached => StatusCode.ResourceExhausted,

        ErrorReason.CertificateRequestInvalid => StatusCode.InvalidArgument,
        ErrorReason.CertificateLimitReached => StatusCode.ResourceExhausted,
        ErrorReason.CertificateNotFound => StatusCode.NotFound,
        ErrorReason.AuthorityNotFound => StatusCode.NotFound,
        ErrorReason.AuthorityInUse => StatusCode.FailedPrecondition,
        ErrorReason.AuthorityRotating => StatusCode.FailedPrecondition,

        ErrorReason.RevisionUnknown => StatusCode.FailedPrecondition,

        ErrorReason.OrganizationNotFound => StatusCode.NotFound,
        ErrorReason.OrganizationExists => StatusCode.AlreadyExists,
        ErrorReason.OrganizationInUse => StatusCode.FailedPrecondition,
        ErrorReason.MemberNotFound => StatusCode.NotFound,
        ErrorReason.MemberOwnsResources => StatusCode.FailedPrecondition,
        ErrorReason.NotAMember => StatusCode.FailedPrecondition,
        ErrorReason.RoleExists => StatusCode.AlreadyExists,
        ErrorReason.RoleInUse => StatusCode.FailedPrecondition,
        ErrorReason.RoleBuiltIn => StatusCode.FailedPrecondition,
        ErrorReason.RoleCycle => StatusCode.FailedPrecondition,
        ErrorReason.RoleTooDeep => StatusCode.FailedPrecondition,
        ErrorReason.RoleRevisionConflict => StatusCode.Aborted,
        ErrorReason.GrantNotFound => StatusCode.NotFound,
        ErrorReason.RightsLimitReached => StatusCode.ResourceExhausted,
        ErrorReason.ResourceNotFound => StatusCode.NotFound,
        ErrorReason.ResourceExists => StatusCode.AlreadyExists,
    };
}
