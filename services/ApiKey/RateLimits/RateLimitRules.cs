using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey;

/// <summary>Knows which limits there are by setting.</summary>
internal sealed class RateLimitRules
{
    /// <summary>The name of a key's own limit.</summary>
    public const string KeyLimit = "key";

    private const string AddressLimit = "address";
    private const string OrganizationLimit = "organization";

    private readonly RateLimitsOptions options;
    private readonly RateLimit? ofAnyOrganization;
    private readonly Dictionary<Guid, RateLimit?> ofOrganization;
    private readonly Dictionary<string, EndpointRule> endpoints;

    public RateLimitRules(IOptions<RateLimitsOptions> options)
    {
        this.options = options.Value;
        OfAnyKey = RateLimit.From(KeyLimit, CountedPer.Key, this.options.Keys);
        OfAddress = RateLimit.From(AddressLimit, CountedPer.Address, this.options.Addresses);
        ofAnyOrganization = RateLimit.From(OrganizationLimit, CountedPer.Organization, this.options.Organizations);
        ofOrganization = this.options.ForOrganization.ToDictionary(
            one => Guid.Parse(one.Key), one => RateLimit.From(OrganizationLimit, CountedPer.Organization, one.Value));
        endpoints = this.options.Endpoints.ToDictionary(
            one => one.Key, one => new EndpointRule(RateLimit.From($"endpoint/{one.Key}", one.Value.Per, one.Value)!, one.Value.Cost), StringComparer.Ordinal);
    }

    /// <summary>Gets the limit of a key that has none of its own; null where there is none.</summary>
    public RateLimit? OfAnyKey { get; }

    /// <summary>Gets the same, as keys have it written; null where there is none.</summary>
    public KeyRateLimit? PlatformsOfKeys => options.Keys is { Permits: > 0 } keys ? new(keys.Permits, keys.Period, keys.Burst == 0 ? keys.Permits : keys.Burst) : null;

    /// <summary>Gets the limit of an address; null where there is none.</summary>
    public RateLimit? OfAddress { get; }

    /// <summary>Makes the limit that a key has of its own.</summary>
    /// <param name="permits">How much is let through in the period.</param>
    /// <param name="period">The period.</param>
    /// <param name="burst">How much is let through at once; 0: as much as in a period.</param>
    public RateLimit OfKey(long permits, TimeSpan period, long burst) =>
        RateLimit.From(KeyLimit, CountedPer.Key, options.Keys, permits, period, burst);

    /// <summary>Finds the limit of an organization; null where it has none.</summary>
    public RateLimit? OfOrganization(Guid organization) => ofOrganization.TryGetValue(organization, out var own) ? own : ofAnyOrganization;

    /// <summary>Finds the rule of an endpoint; null where none has this name.</summary>
    public EndpointRule? OfEndpoint(string name) => endpoints.GetValueOrDefault(name);
}

/// <summary>Limits the calls of an endpoint.</summary>
/// <param name="Limit">The limit.</param>
/// <param name="Cost">What a call counts for where the caller does not say.</param>
internal sealed record EndpointRule(RateLimit Limit, int Cost);
