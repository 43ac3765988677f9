using System.CommandLine;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Output;
using McpSecure.Client;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Commands;

/// <summary><c>mcpsecure keys validate</c>: asks whether a presented key is good. Not good is an answer here, not an error.</summary>
internal static class KeyValidation
{
    public static Command Create(CommandRunner runner)
    {
        var key = new SecretOption("key", "the API key");
        var scopes = new Option<string[]>("--scope") { HelpName = "SCOPE", Description = "A scope that the key must have. Once for each." };
        var command = new Command("validate", "Check a presented key. Exit code 0: valid; 1: not valid, or without a scope.") { scopes };
        key.AddTo(command);

        return runner.On(command, async (invocation, cancellationToken) =>
        {
            var request = new ValidateApiKeyRequest { Secret = key.Read(invocation).Reveal() };
            request.RequiredScopes.Add(invocation.Arguments.GetValue(scopes) ?? []);
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
                true, Reason: null, response.ApiKeyId, response.OwnerId, [.. response.Scopes], response.ExpiresAt?.ToDateTimeOffset());
        }
        catch (RpcException e) when (McpSecureError.From(e) is { Reason: ErrorReason.ApiKeyInvalid or ErrorReason.ScopeMissing } refusal)
        {
            return new Verdict(false, refusal.ReasonName, ApiKeyId: null, OwnerId: null, [], ExpiresAt: null);
        }
    }

    private static string ForPeople(Verdict verdict) => verdict.Valid
        ? Table.Details(
            ("Valid", "yes"),
            ("Id", verdict.ApiKeyId ?? ""),
            ("Owner", verdict.OwnerId ?? ""),
            ("Scopes", Text.List(verdict.Scopes)),
            ("Ends", Text.Time(verdict.ExpiresAt)))
        : Table.Details(("Valid", "no"), ("Reason", verdict.Reason ?? ""));

    private sealed record Verdict(
        bool Valid,
        string? Reason,
        string? ApiKeyId,
        string? OwnerId,
        IReadOnlyList<string> Scopes,
        DateTimeOffset? ExpiresAt);
}
