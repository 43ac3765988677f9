using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Answers questions about limits: reads requests, asks the limiter, writes responses.</summary>
internal sealed class RateLimitGrpcService(RateLimitRules rules, RateLimiter limiter, DecisionTrail trail) : RateLimitService.RateLimitServiceBase
{
    public override async Task<CheckRateLimitResponse> CheckRateLimit(CheckRateLimitRequest request, ServerCallContext context)
    {
        ClientAddress? address = request.ClientAddress.Length == 0 ? null : RateLimitWire.ReadAddress(request.ClientAddress);
        Guid? organization = request.OrganizationId.Length == 0 ? null : Guid.Parse(request.OrganizationId);
        var endpoint = RateLimitWire.ReadEndpoint(rules, request.Endpoint);

        var limits = new AppliedLimits();
        if (address is { } from)
        {
            limits.Add(rules.OfAddress, from.Counted);
        }

        if (organization is { } of)
        {
            limits.Add(rules.OfOrganization(of), CounterSubject.Of(of));
        }

        limits.Add(endpoint?.Limit, endpoint is null ? 0 : SubjectOf(endpoint.Limit, address, organization));

        var verdict = await limiter.CheckAsync(limits, RateLimitWire.CostOf(request.Cost, endpoint));
        if (verdict.Outcome != RateOutcome.Admitted)
        {
            var refusal = RateLimitWire.Refuse(verdict);
            trail.Record(new Decision(context, Events.RateLimitChecked, verdict.Tightest is { } state ? $"rate-limits/{state.Limit.Name}" : "rate-limits")
            {
                Outcome = refusal.Reason == ErrorReason.DependencyUnavailable ? Outcome.Failure : Outcome.Denied,
                Severity = Severity.Warning,
                Reason = Refusal.NameOf(refusal.Reason),
                Facts = request.ClientAddress.Length == 0 ? [] : [new("client_address", request.ClientAddress)],
            });
            throw refusal;
        }

        return new() { RateLimit = RateLimitWire.Write(verdict.Tightest) };
    }

    private static UInt128 SubjectOf(RateLimit limit, ClientAddress? address, Guid? organization) => limit.Per switch
    {
        CountedPer.Everyone => 0,
        CountedPer.Address => address?.Counted ?? throw Refusal.InvalidField("client_address", "must be given: the endpoint's rule counts by it."),
        CountedPer.Organization => CounterSubject.Of(
            organization ?? throw Refusal.InvalidField("organization_id", "must be given: the endpoint's rule counts by it.")),
        CountedPer.Key => throw Refusal.InvalidField("endpoint", "must be a rule that does not count by key: for one that does, present the key to ValidateApiKey."),
    };
}
