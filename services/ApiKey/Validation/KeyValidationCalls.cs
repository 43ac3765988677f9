using System.Diagnostics;
using Google.Protobuf.Collections;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>
/// Answers validations: reads the request, asks the verifier, records the decision, counts the use, writes the response. The usual case, a key that
/// is known and valid, goes through without a task and with nothing made but what is sent.
/// </summary>
internal sealed class KeyValidationCalls(ApiKeyVerifier verifier, RateLimitRules rules, DecisionTrail trail, UseCounters uses, TimeProvider clock)
{
    public Task<ValidateApiKeyResponse> AnswerAsync(ValidateApiKeyRequest request, ServerCallContext context)
    {
        var verification = verifier.VerifyAsync(Read(request), context.CancellationToken);
        return verification.IsCompletedSuccessfully ? Answer(verification.Result, request, context) : AnswerAsync(verification, request, context);
    }

    private async Task<ValidateApiKeyResponse> AnswerAsync(ValueTask<VerifyResult> verification, ValidateApiKeyRequest request, ServerCallContext context) =>
        await Answer(await verification, request, context);

    // A refusal is an answer too: the guard holds back what ends in a task, not what is thrown.
    private Task<ValidateApiKeyResponse> Answer(VerifyResult result, ValidateApiKeyRequest request, ServerCallContext context)
    {
        Record(result, request.ClientAddress, context);
        Count(result);
        return result is VerifyResult.Valid valid ? Task.FromResult(Write(valid)) : Task.FromException<ValidateApiKeyResponse>(Refuse(result, request));
    }

    private KeyQuestion Read(ValidateApiKeyRequest request)
    {
        RequireKnown(request.RequiredScopes);
        var endpoint = RateLimitWire.ReadEndpoint(rules, request.Endpoint);
        return new KeyQuestion(
            request.Secret,
            request.RequiredScopes,
            request.ClientAddress.Length == 0 ? null : RateLimitWire.ReadAddress(request.ClientAddress),
            endpoint,
            RateLimitWire.CostOf(request.Cost, endpoint),
            request.OrganizationId.Length == 0 ? null : Guid.Parse(request.OrganizationId),
            request.RequiredPermission);
    }

    private static void RequireKnown(RepeatedField<string> scopes)
    {
        for (var i = 0; i < scopes.Count; i++)
        {
            if (!Scopes.All.Contains(scopes[i]))
            {
                throw Refusal.Because(ErrorReason.ScopeUnknown, "There is no such scope.", ("scope", scopes[i]));
            }
        }
    }

    private static ValidateApiKeyResponse Write(VerifyResult.Valid valid)
    {
        if (valid.Limit is null)
        {
            return valid.Key.Answer;
        }

        var answer = valid.Key.Answer.Clone();
        answer.RateLimit = RateLimitWire.Write(valid.Limit);
        return answer;
    }

    private static Refusal Refuse(VerifyResult result, ValidateApiKeyRequest request) => result switch
    {
        VerifyResult.Invalid => Refusal.Because(ErrorReason.ApiKeyInvalid, "The API key is not valid."),
        VerifyResult.LockedOut(var wait) => Refusal.Because(
            ErrorReason.TooManyAttempts, "Too many API keys from this address were not valid.", ("retry_after_seconds", (long)Math.Ceiling(wait.TotalSeconds))),
        VerifyResult.AddressNotAllowed => Refusal.Because(ErrorReason.AddressNotAllowed, "The API key may not be used from this address."),
        VerifyResult.NotLetThrough(_, var verdict) => RateLimitWire.Refuse(verdict),
        VerifyResult.ScopeMissing(_, var scope) => Refusal.Because(
            ErrorReason.ScopeMissing, "The API key lacks a scope that this needs.", ("scope", scope)),
        VerifyResult.PermissionMissing => Refusal.Because(
            ErrorReason.KeyPermissionMissing,
            "The API key lacks a permission that this needs.",
            ("resource", request.RequiredPermission.Resource),
            ("action", request.RequiredPermission.Action)),
        _ => throw new UnreachableException(),
    };

    private void Record(VerifyResult result, string clientAddress, ServerCallContext context)
    {
        var told = Events.Describe(result);
        var facts = new Facts();
        facts.Add("client_address", clientAddress);
        facts.Add(told.FactName, told.FactValue);
        trail.Record(new Decision(context, Events.KeyValidated, told.Resource)
        {
            Subject = told.Subject,
            Outcome = told.Outcome,
            Severity = told.Severity,
            Reason = told.Reason,
            Facts = facts.Given,
        });
    }

    private void Count(VerifyResult result)
    {
        var (key, outcome) = result switch
        {
            VerifyResult.Valid valid => (valid.Key, UseOutcome.Allowed),
            VerifyResult.NotLetThrough limited => (limited.Key, UseOutcome.Limited),
            VerifyResult.AddressNotAllowed refused => (refused.Key, UseOutcome.Denied),
            VerifyResult.ScopeMissing refused => (refused.Key, UseOutcome.Denied),
            VerifyResult.PermissionMissing refused => (refused.Key, UseOutcome.Denied),
            VerifyResult.Invalid { Proven: { } ended } => (ended, UseOutcome.Denied),
            _ => (null, default),
        };
        if (key is not null)
        {
            uses.Count(key.Record.Id, outcome, clock.GetUtcNow());
        }
    }

    /// <summary>Lists the facts that there are, at most two, without a list.</summary>
    private ref struct Facts
    {
        private Two facts;
        private int count;

        [System.Diagnostics.CodeAnalysis.UnscopedRef]
        public readonly ReadOnlySpan<KeyValuePair<string, string>> Given => ((ReadOnlySpan<KeyValuePair<string, string>>)facts)[..count];

        public void Add(string name, string value)
        {
            if (value.Length > 0)
            {
                facts[count++] = new(name, value);
            }
        }

        [System.Runtime.CompilerServices.InlineArray(2)]
        private struct Two
        {
            private KeyValuePair<string, string> first;
        }
    }
}
