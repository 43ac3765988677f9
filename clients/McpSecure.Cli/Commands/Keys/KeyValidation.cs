using System.CommandLine;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure keys validate</c>: asks whether a presented key is good for a call. Not good is an answer here, not an error.</summary>
internal static class KeyValidation
{
    public static Command Create(CommandRunner runner)
    {
        var key = new SecretOption("key", "the API key");
        var scopes = new Option<string[]>("--scope") { HelpName = "SCOPE", Description = "A scope that the key must have. Once for each." };
        var permission = new Option<ResourceAction?>("--requires")
        {
            HelpName = "RESOURCE:ACTION",
            Description = "What the key must be allowed; whether its owner is, says `mcpsecure check`.",
            CustomParser = ResourceAction.Parse,
        };
        var call = new CallOptions("The organization that the key must belong to.");
        var command = new Command("validate", "Check a presented key and count the call in its limits. Exit code 0: valid; 1: not, or not for this.") { scopes, permission };
        call.AddTo(command);
        key.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var request = new ValidateApiKeyRequest
            {
                Secret = key.Read(invocation).Reveal(),
                RequiredScopes = { invocation.Arguments.GetValue(scopes) ?? [] },
                RequiredPermission = invocation.Arguments.GetValue(permission) is { } wanted ? new() { Resource = wanted.Resource, Action = wanted.Action } : null,
                ClientAddress = call.Address(invocation),
                Endpoint = call.Endpoint(invocation),
                OrganizationId = call.Organization(invocation),
                Cost = call.Cost(invocation),
            };
            var verdict = await AskAsync(invocation.ConnectAsWorkload(), request, cancellationToken);
            invocation.Answer.Write(verdict, ForPeople);
            return verdict.Valid ? ExitCode.Ok : ExitCode.Denied;
        });
    }

    private static async Task<Verdict> AskAsync(Services services, ValidateApiKeyRequest request, CancellationToken cancellationToken)
    {
        try
        {
            var response = await services.ApiKeys.ValidateApiKeyAsync(request, cancellationToken: cancellationToken);
            return new Verdict(
                true,
                Reason: null,
                response.ApiKeyId,
                response.OwnerId,
                Text.Given(response.OrganizationId),
                [.. response.Scopes],
                ApiKeyView.PermissionsOf(response.Permissions),
                response.ExpiresAt?.ToDateTimeOffset(),
                LimitView.Of(response.RateLimit));
        }
        catch (RpcException e) when (McpSecureError.From(e) is { } refusal && IsAnswer(refusal.Reason))
        {
            var limit = refusal.Reason == ErrorReason.RateLimited ? LimitView.Of(refusal) : null;
            return new Verdict(false, refusal.ReasonName, ApiKeyId: null, OwnerId: null, OrganizationId: null, [], [], ExpiresAt: null, limit);
        }
    }

    private static bool IsAnswer(ErrorReason reason) => reason is ErrorReason.ApiKeyInvalid or ErrorReason.ScopeMissing or ErrorReason.KeyPermissionMissing
        or ErrorReason.AddressNotAllowed or ErrorReason.RateLimited;

    private static string ForPeople(Verdict verdict) => verdict switch
    {
        { Valid: true } => Table.Details(
            ("Valid", "yes"),
            ("Id", verdict.ApiKeyId ?? ""),
            ("Owner", verdict.OwnerId ?? ""),
            ("Organization", verdict.OrganizationId ?? ""),
            ("Scopes", Text.List(verdict.Scopes)),
            ("Permissions", Text.List(verdict.Permissions.Select(one => $"{one}"))),
            ("Ends", Text.Time(verdict.ExpiresAt)),
            LimitView.ForPeople(verdict.RateLimit)),
        { RateLimit: { } limit } => Table.Details(
            ("Valid", "no"), ("Reason", verdict.Reason ?? ""), LimitView.ForPeople(limit), LimitView.RetryForPeople(limit)),
        _ => Table.Details(("Valid", "no"), ("Reason", verdict.Reason ?? "")),
    };

    private sealed record Verdict(
        bool Valid,
        string? Reason,
        string? ApiKeyId,
        string? OwnerId,
        string? OrganizationId,
        IReadOnlyList<string> Scopes,
        IReadOnlyList<ResourceAction> Permissions,
        DateTimeOffset? ExpiresAt,
        LimitView? RateLimit);
}
