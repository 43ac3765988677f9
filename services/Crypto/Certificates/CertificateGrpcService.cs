using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Answers calls about certificates.</summary>
internal sealed class CertificateGrpcService(
    ActorGate gate,
    CertificateIssuer issuer,
    CertificateRevocation revocation,
    AuthorityRotation rotation,
    TrustBundle bundle,
    CertificateStore store,
    RecordedDecisions decisions,
    AuditEvents events,
    TimeProvider clock)
    : CertificateService.CertificateServiceBase
{
    private const string Issued = "crypto.certificate.issued";
    private const string Authorities = "certificate-authorities";

    public override Task<IssueCertificateResponse> IssueCertificate(IssueCertificateRequest request, ServerCallContext context)
    {
        var workload = context.Peer().Name;
        var resource = $"certificates/{workload}";
        return decisions.RunChangeAsync(context, Issued, resource, async () =>
        {
            var auditEvent = events.Start(context, Issued).On(resource);
            var result = await issuer.IssueAsync(
                workload, context.PeerCertificate(), request.CertificateRequest.ToByteArray(), auditEvent, context.CancellationToken);
            return new IssueCertificateResponse { Certificate = CertificateMessages.Of(Certificate(result)) };
        });
    }

    public override Task<IssueWorkloadCertificateResponse> IssueWorkloadCertificate(IssueWorkloadCertificateRequest request, ServerCallContext context)
    {
        var resource = $"certificates/{request.Workload}";
        return decisions.RunChangeAsync(context, Issued, resource, async () =>
        {
            await gate.RequireAsync(context, resource, "issue", StepUp.Required);

            // What a service keeps for itself is nobody else's, and an administrator could take its place with such a certificate.
            if (KeyringAccess.IsService(request.Workload))
            {
                throw Refusal.InvalidField("workload", "names a service of the platform, which is certified by calling itself.");
            }

            var auditEvent = events.Start(context, Issued).On(resource);
            var result = await issuer.IssueAsync(
                request.Workload, presented: null, request.CertificateRequest.ToByteArray(), auditEvent, context.CancellationToken);
            return new IssueWorkloadCertificateResponse { Certificate = CertificateMessages.Of(Certificate(result)) };
        });
    }

    public override async Task<GetTrustBundleResponse> GetTrustBundle(GetTrustBundleRequest request, ServerCallContext context)
    {
        var authorities = await bundle.ReadAsync(context.CancellationToken);
        var now = clock.GetUtcNow();
        return new() { Authorities = { authorities.Select(authority => CertificateMessages.Of(authority, authorities.StateOf(authority, now))) } };
    }

    public override Task<ListCertificatesResponse> ListCertificates(ListCertificatesRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.certificate.listed", "certificates", async ValueTask<(ListCertificatesResponse, int?)> () =>
        {
            await gate.RequireAsync(context, "certificates", "read", StepUp.NotRequired);
            var before = request.PageToken.Length == 0 ? null : InventoryPageToken.Read(request.PageToken, request.Workload);
            var limit = request.PageSize == 0 ? 100 : request.PageSize;
            var found = await store.ListAsync(request.Workload.Length == 0 ? null : request.Workload, before, limit + 1, context.CancellationToken);

            var response = new ListCertificatesResponse { Certificates = { found.Take(limit).Select(CertificateMessages.Of) } };
            if (found.Count > limit)
            {
                response.NextPageToken = InventoryPageToken.Write(new(found[limit - 1].IssuedAt, found[limit - 1].Serial), request.Workload);
            }

            return (response, null);
        });

    public override async Task<RevokeCertificateResponse> RevokeCertificate(RevokeCertificateRequest request, ServerCallContext context)
    {
        const string Action = "crypto.certificate.revoked";
        var serial = request.HasSerial ? CertificateMessages.Serial(request.Serial) : null;
        var name = serial is null ? request.Workload : await revocation.WorkloadOfAsync(serial, context.CancellationToken) ?? Convert.ToHexStringLower(serial);
        var resource = $"certificates/{name}";
        return await decisions.RunChangeAsync(context, Action, resource, async () =>
        {
            await gate.RequireAsync(context, resource, "revoke", StepUp.Required);
            var reason = CertificateMessages.Reason(request.Reason);
            var imported = request.AuthorityId.Length == 0 ? (Guid?)null : Guid.Parse(request.AuthorityId);
            var result = serial is null
                ? await revocation.RevokeAllAsync(request.Workload, reason, () => events.Start(context, Action).On(resource), context.CancellationToken)
                : await revocation.RevokeAsync(serial, imported, reason, () => events.Start(context, Action).On(resource), context.CancellationToken);

            return result switch
            {
                RevokeResult.Revoked(var serials) => new RevokeCertificateResponse { Serials = { serials.Select(Convert.ToHexStringLower) } },
                RevokeResult.NotFound => throw Refusal.Because(ErrorReason.CertificateNotFound, "No such certificate is in the inventory."),
                _ => throw NoAuthority(request.AuthorityId),
            };
        });
    }

    public override Task<RotateAuthorityResponse> RotateAuthority(RotateAuthorityRequest request, ServerCallContext context)
    {
        const string Action = "crypto.certificate_authority.created";
        return decisions.RunChangeAsync(context, Action, Authorities, async () =>
        {
            await gate.RequireAsync(context, Authorities, "rotate", StepUp.Required);
            var made = await rotation.RotateAsync(events.Start(context, Action), context.CancellationToken)
                ?? throw Refusal.Because(ErrorReason.AuthorityRotating, "The next authority is published already and issues soon.");
            return new RotateAuthorityResponse { Authority = CertificateMessages.Of(made, AuthorityState.Published) };
        });
    }

    public override Task<RemoveAuthorityResponse> RemoveAuthority(RemoveAuthorityRequest request, ServerCallContext context)
    {
        const string Action = "crypto.certificate_authority.removed";
        var resource = $"{Authorities}/{request.AuthorityId}";
        return decisions.RunChangeAsync(context, Action, resource, async () =>
        {
            await gate.RequireAsync(context, resource, "remove", StepUp.Required);
            var result = await rotation.RemoveAsync(
                Guid.Parse(request.AuthorityId), request.DespiteLiveCertificates, events.Start(context, Action), context.CancellationToken);
            return result switch
            {
                RemoveResult.Removed => new RemoveAuthorityResponse(),
                RemoveResult.NotFound => throw NoAuthority(request.AuthorityId),
                RemoveResult.InUse => throw Refusal.Because(
                    ErrorReason.AuthorityInUse, "The authority issues, will soon, or has issued what is in use.", ("authority", request.AuthorityId)),
            };
        });
    }

    private static IssuedCertificate Certificate(IssueResult result) => result switch
    {
        IssueResult.Issued(var certificate) => certificate,
        IssueResult.RequestRefused(var flaw, var why) => throw Refusal.Because(
            ErrorReason.CertificateRequestInvalid, $"The certification request is refused. {why}", ("flaw", flaw)),
        IssueResult.LimitReached(var limit) => throw Refusal.Because(
            ErrorReason.CertificateLimitReached, "The workload has the most live certificates allowed; revoke what it no longer uses.", ("live_certificates_allowed", limit)),
        IssueResult.HolderRevoked => throw Refusal.Because(ErrorReason.WorkloadUnknown, "The certificate of this connection was revoked."),
        _ => throw Refusal.Because(ErrorReason.DependencyUnavailable, "No authority can issue now; the next one is made within a minute."),
    };

    private static Refusal NoAuthority(string id) => Refusal.Because(ErrorReason.AuthorityNotFound, "No such authority is in the bundle.", ("authority", id));
}
