using System.Diagnostics;
using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>Answers calls that manage the second factors of the calling user.</summary>
internal sealed class MfaGrpcService(TokenBearer bearer, TotpEnrolment enrolment, AuditEvents events) : MfaService.MfaServiceBase
{
    public override async Task<BeginTotpEnrolmentResponse> BeginTotpEnrolment(BeginTotpEnrolmentRequest request, ServerCallContext context)
    {
        var caller = await bearer.RequireRecentAsync(context);
        return await enrolment.BeginAsync(caller, CallOrigin.Of(context, events), context.CancellationToken) is { } authenticator
            ? new BeginTotpEnrolmentResponse { Secret = authenticator.RevealSecret(), OtpauthUri = authenticator.RevealUri() }
            : throw Refusal.Because(ErrorReason.TotpAlreadyEnrolled, "The account has a confirmed authenticator already.");
    }

    public override async Task<ConfirmTotpEnrolmentResponse> ConfirmTotpEnrolment(ConfirmTotpEnrolmentRequest request, ServerCallContext context)
    {
        var caller = await bearer.RequireRecentAsync(context);
        var code = TotpCode.Parse(request.TotpCode) ?? throw Refusal.InvalidField("totp_code", "must be six digits.");
        var result = await enrolment.ConfirmAsync(caller, code, CallOrigin.Of(context, events), context.CancellationToken);

        return result switch
        {
            ConfirmResult.Confirmed(var token) => new() { AccessToken = Messages.From(token) },
            ConfirmResult.CodeInvalid => throw Refusal.Because(ErrorReason.TotpCodeInvalid, "The code is wrong or used, or there is nothing to confirm."),
            ConfirmResult.TooManyAttempts(var wait) => throw Messages.TooManyAttempts(wait),
            _ => throw new UnreachableException(),
        };
    }
}
