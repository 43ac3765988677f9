using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Answers calls about secrets. The right is asked first, so that who has none does not learn what is there.</summary>
internal sealed class SecretGrpcService(
    ActorGate gate, SecretStore store, SecretWriter writer, SecretChanges changes, SecretSeal seal, RecordedDecisions decisions, AuditEvents events, TimeProvider clock)
    : SecretService.SecretServiceBase
{
    private const int DefaultPageSize = 100;

    public override Task<PutSecretResponse> PutSecret(PutSecretRequest request, ServerCallContext context) =>
        ChangeAsync(context, "crypto.secret.written", request.Path, "write", StepUp.NotRequired, async auditEvent =>
        {
            var result = await writer.WriteAsync(
                request.Path,
                request.Value.Memory,
                request.HasExpectedVersion ? request.ExpectedVersion : null,
                request.Lifetime?.ToTimeSpan(),
                auditEvent,
                context.CancellationToken);

            return result switch
            {
                WriteResult.Written(var version) => new PutSecretResponse { Version = SecretMessages.Of(version, clock.GetUtcNow()) },
                WriteResult.Conflict(var newest) => throw Refusal.Because(
                    ErrorReason.SecretVersionConflict, "The newest version is not the expected one.", ("path", request.Path), ("newest_version", newest)),
                WriteResult.CheckRequired => throw Refusal.InvalidField("expected_version", "is required by this secret's settings."),
                _ => throw new UnreachableException(),
            };
        });

    public override Task<GetSecretResponse> GetSecret(GetSecretRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.secret.read", Resource(request.Path), async ValueTask<(GetSecretResponse, int?)> () =>
        {
            await gate.RequireAsync(context, Resource(request.Path), "read", StepUp.NotRequired);
            var found = await store.FindVersionAsync(request.Path, request.Version, context.CancellationToken);
            if (found is null || found.Version.StateAt(clock.GetUtcNow()) != SecretVersionState.Live)
            {
                throw NotFound(request.Path);
            }

            var number = found.Version.Number;
            var value = await seal.OpenAsync(found.Value, SecretSeal.ContextOf(found.Secret, request.Path, number), context.CancellationToken);

            // The array is nobody else's: no second copy of the value.
            return (new() { Value = UnsafeByteOperations.UnsafeWrap(value), Version = SecretMessages.Of(found.Version, clock.GetUtcNow()) }, number);
        });

    public override Task<GetSecretMetadataResponse> GetSecretMetadata(GetSecretMetadataRequest request, ServerCallContext context) =>
        decisions.RunAsync(context, "crypto.secret.described", Resource(request.Path), async ValueTask<(GetSecretMetadataResponse, int?)> () =>
        {
            await gate.RequireAsync(context, Resource(request.Path), "read", StepUp.NotRequired);
            return (new() { Secret = await DescribeAsync(request.Path, context.CancellationToken) }, null);
        });

    public override Task<UpdateSecretMetadataResponse> UpdateSecretMetadata(UpdateSecretMetadataRequest request, ServerCallContext context) =>
        ChangeAsync(context, "crypto.secret.updated", request.Path, "write", StepUp.NotRequired, async auditEvent =>
        {
            var settings = SecretMessages.Settings(request.Settings);
            if (await store.FindAsync(request.Path, context.CancellationToken) is { } before && settings.MaxVersions < before.Settings.MaxVersions)
            {
                // What it keeps no longer is destroyed.
                await gate.RequireAsync(context, Resource(request.Path), "destroy", StepUp.Required);
            }

            var found = await changes.UpdateAsync(request.Path, settings, auditEvent, context.CancellationToken);
            return new UpdateSecretMetadataResponse { Secret = await DescribeAsync(found, request.Path, context.CancellationToken) };
        });

    public override Task<ListSecretsResponse> ListSecrets(ListSecretsRequest request, ServerCallContext context)
    {
        var resource = request.Folder.Length == 0 ? "secrets" : Resource(request.Folder);
        return decisions.RunAsync(context, "crypto.secret.listed", resource, async ValueTask<(ListSecretsResponse, int?)> () =>
        {
            await gate.RequireAsync(context, resource, "list", StepUp.NotRequired);
            var prefix = request.Folder.Length == 0 ? "" : $"{request.Folder}/";
            var after = request.PageToken.Length == 0 ? "" : SecretPages.LastOf(request.PageToken, prefix);
            var limit = request.PageSize == 0 ? DefaultPageSize : request.PageSize;
            var found = await store.ListAsync(prefix, after, limit + 1, context.CancellationToken);

            var response = new ListSecretsResponse { Secrets = { found.Take(limit).Select(SecretMessages.SummaryOf) } };
            if (found.Count > limit)
            {
                response.NextPageToken = SecretPages.TokenOf(found[limit - 1].Path);
            }

            return (response, null);
        });
    }

    public override Task<DeleteSecretVersionsResponse> DeleteSecretVersions(DeleteSecretVersionsRequest request, ServerCallContext context) =>
        ChangeAsync(context, "crypto.secret_version.deleted", request.Path, "delete", StepUp.NotRequired, async auditEvent =>
        {
            var found = await changes.ChangeVersionsAsync(request.Path, request.Versions, VersionChange.Delete, auditEvent, context.CancellationToken);
            return new DeleteSecretVersionsResponse { Secret = await DescribeAsync(found, request.Path, context.CancellationToken) };
        });

    public override Task<UndeleteSecretVersionsResponse> UndeleteSecretVersions(UndeleteSecretVersionsRequest request, ServerCallContext context) =>
        ChangeAsync(context, "crypto.secret_version.undeleted", request.Path, "write", StepUp.NotRequired, async auditEvent =>
        {
            var found = await changes.ChangeVersionsAsync(request.Path, request.Versions, VersionChange.Undelete, auditEvent, context.CancellationToken);
            return new UndeleteSecretVersionsResponse { Secret = await DescribeAsync(found, request.Path, context.CancellationToken) };
        });

    public override Task<DestroySecretVersionsResponse> DestroySecretVersions(DestroySecretVersionsRequest request, ServerCallContext context) =>
        ChangeAsync(context, "crypto.secret_version.destroyed", request.Path, "destroy", StepUp.Required, async auditEvent =>
        {
            var found = await changes.ChangeVersionsAsync(request.Path, request.Versions, VersionChange.Destroy, auditEvent, context.CancellationToken);
            return new DestroySecretVersionsResponse { Secret = await DescribeAsync(found, request.Path, context.CancellationToken) };
        });

    public override Task<DeleteSecretResponse> DeleteSecret(DeleteSecretRequest request, ServerCallContext context) =>
        ChangeAsync(context, "crypto.secret.deleted", request.Path, "destroy", StepUp.Required, async auditEvent =>
            await changes.DeleteAsync(request.Path, auditEvent, context.CancellationToken) ? new DeleteSecretResponse() : throw NotFound(request.Path));

    private Task<T> ChangeAsync<T>(ServerCallContext context, string what, string path, string action, StepUp stepUp, Func<Audit.V1.AuditEvent, Task<T>> change) =>
        decisions.RunChangeAsync(context, what, Resource(path), async () =>
        {
            await gate.RequireAsync(context, Resource(path), action, stepUp);
            return await change(events.Start(context, what).On(Resource(path)));
        });

    private async Task<SecretMetadata> DescribeAsync(bool found, string path, CancellationToken cancellationToken) =>
        found ? await DescribeAsync(path, cancellationToken) : throw NotFound(path);

    private async Task<SecretMetadata> DescribeAsync(string path, CancellationToken cancellationToken)
    {
        var secret = await store.FindAsync(path, cancellationToken) ?? throw NotFound(path);
        return SecretMessages.Of(secret, await store.VersionsAsync(secret.Id, cancellationToken), clock.GetUtcNow());
    }

    private static string Resource(string path) => $"secrets/{path}";

    private static Refusal NotFound(string path) => Refusal.Because(
        ErrorReason.SecretNotFound, "No secret has this path and version, or it is deleted or expired.", ("path", path));
}
