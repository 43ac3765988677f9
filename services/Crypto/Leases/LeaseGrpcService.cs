using System.Diagnostics;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Answers calls about leases. A user may do with his own what others need a right for.</summary>
internal sealed class LeaseGrpcService(
    ActorGate gate, LeaseStore store, LeaseRenewal renewal, LeaseRevocation revocation, RecordedDecisions decisions, AuditEvents events, TimeProvider clock)
    : LeaseService.LeaseServiceBase
{
    private const int DefaultPageSize = 100;

    public override Task<RenewLeaseResponse> RenewLease(RenewLeaseRequest request, ServerCallContext context)
    {
        const string What = "crypto.lease.renewed";
        return decisions.RunChangeAsync(context, What, Resource(request.LeaseId), async () =>
        {
            var lease = await RequireAsync(
                context, request.LeaseId, "renew", own => gate.RequireAsync(context, $"databases/{own.Database}/templates/{own.Template}", "use", StepUp.NotRequired));
            var result = await renewal.RenewAsync(
                lease.Id, request.Lifetime?.ToTimeSpan(), events.Start(context, What).On(lease.Resource), context.CancellationToken);

            return result switch
            {
                RenewResult.Renewed(var renewed) => new RenewLeaseResponse { Lease = Message(renewed) },
                RenewResult.NotFound => throw NotFound(request.LeaseId),
                RenewResult.TooLong(var end) => throw Refusal.InvalidField("lifetime", $"reaches beyond the latest end, {end:u}."),
                _ => throw new UnreachableException(),
            };
        });
    }

    public override Task<RevokeLeaseResponse> RevokeLease(RevokeLeaseRequest request, ServerCallContext context)
    {
        const string What = "crypto.lease.revocation_requested";
        return decisions.RunAsync(context, What, Resource(request.LeaseId), async ValueTask<(RevokeLeaseResponse, int?)> () =>
        {
            var lease = await RequireAsync(context, request.LeaseId, "revoke", _ => Task.CompletedTask);
            if (!await store.MarkAsync(lease.Id, clock.GetUtcNow(), context.CancellationToken))
            {
                throw NotFound(request.LeaseId);
            }

            return (new() { Revoked = await revocation.TryRevokeAsync(lease.Id, context.CancellationToken) }, null);
        });
    }

    public override Task<RevokeLeasesResponse> RevokeLeases(RevokeLeasesRequest request, ServerCallContext context)
    {
        const string What = "crypto.lease.revocation_requested";
        return decisions.RunChangeAsync(context, What, Resource(request.Prefix), async () =>
        {
            await gate.RequireAsync(context, Resource(request.Prefix), "revoke", StepUp.Required);
            var (database, template) = Parts(request.Prefix);
            var auditEvent = events.Start(context, What).On(Resource(request.Prefix));
            return new RevokeLeasesResponse { Leases = await store.MarkAllAsync(database, template, clock.GetUtcNow(), auditEvent, context.CancellationToken) };
        });
    }

    public override Task<ListLeasesResponse> ListLeases(ListLeasesRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.lease.listed", Resource(request.Prefix), async ValueTask<(ListLeasesResponse, int?)> () =>
        {
            await gate.RequireAsync(context, Resource(request.Prefix), "read", StepUp.NotRequired);
            var (database, template) = Parts(request.Prefix);
            var after = request.PageToken.Length == 0 ? Guid.Empty
                : Guid.TryParseExact(request.PageToken, "N", out var last) ? last
                : throw Refusal.Because(ErrorReason.PageTokenInvalid, "This page token was not given here.");
            var limit = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
            var found = await store.ListAsync(database, template, after, limit + 1, context.CancellationToken);

            var response = new ListLeasesResponse { Leases = { found.Take(limit).Select(Message) } };
            if (found.Count > limit)
            {
                response.NextPageToken = $"{found[limit - 1].Id:N}";
            }

            return (response, null);
        });

    // The right is asked before a lease that is not there is said not to be.
    private async Task<Lease> RequireAsync(ServerCallContext context, string path, string action, Func<Lease, Task> requireOfOwner)
    {
        var actor = await gate.IdentifyAsync(context);
        var lease = Lease.IdOf(path) is { } id ? await store.FindAsync(id, context.CancellationToken) : null;
        if (lease?.Path != path)
        {
            lease = null;
        }

        if (lease?.OwnerId == actor.UserId)
        {
            await requireOfOwner(lease);
        }
        else
        {
            await gate.RequireAsync(context, Resource(path), action, StepUp.NotRequired);
        }

        return lease ?? throw NotFound(path);
    }

    private static (string Database, string? Template) Parts(string prefix) => prefix.Split('/') switch
    {
        [var database] => (database, null),
        [var database, var template] => (database, template),
        _ => throw Refusal.InvalidField("prefix", "must be <database> or <database>/<template>."),
    };

    private static string Resource(string path) => $"leases/{path}";

    private static Refusal NotFound(string path) => Refusal.Because(ErrorReason.LeaseNotFound, "There is no such lease, or it has ended.", ("lease", path));

    private static V1.Lease Message(Lease lease) => new()
    {
        LeaseId = lease.Path,
        Username = $"{lease.Role}",
        State = lease.State switch
        {
            LeaseState.Creating => V1.LeaseState.Creating,
            LeaseState.Active => V1.LeaseState.Active,
            LeaseState.Revoking => V1.LeaseState.Revoking,
        },
        OwnerId = lease.OwnerId,
        CreatedAt = lease.CreatedAt.ToTimestamp(),
        ExpiresAt = lease.ExpiresAt.ToTimestamp(),
        MaxExpiresAt = lease.MaxExpiresAt.ToTimestamp(),
        FailedRevocations = lease.Failures,
    };
}
