using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace McpSecure.ApiKey;

/// <summary>Says what is let through how often. Section <c>RateLimits</c>. All limits that apply to a call must let it through, and it counts in all of them or none.</summary>
internal sealed partial class RateLimitsOptions : IValidatableObject
{
    /// <summary>The most that one call counts for.</summary>
    public const int HighestCost = 10_000;

    /// <summary>Gets or sets how many replicas there are: while Redis is away, each lets through its share of a limit. Default 2; 1 to 1 000.</summary>
    [Range(1, 1_000)]
    public int Replicas { get; set; } = 2;

    /// <summary>Gets or sets how long to wait for Redis. Default 250 milliseconds; 10 milliseconds to 5 seconds.</summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "00:00:05")]
    public TimeSpan Patience { get; set; } = TimeSpan.FromMilliseconds(250);

    /// <summary>Gets or sets the limit of each key that has none of its own, and the most that owners can ask for. Of one that has, all but permits, period and burst. Default: none.</summary>
    public RateLimitOptions Keys { get; set; } = new();

    /// <summary>Gets or sets the limit of each address that calls come from; of IPv6, of each network of 64 bits. Default: none.</summary>
    public RateLimitOptions Addresses { get; set; } = new();

    /// <summary>Gets or sets the limit of each organization's keys together. Default: none.</summary>
    public RateLimitOptions Organizations { get; set; } = new();

    /// <summary>Gets the limits of single organizations, by their ids, in the place of <see cref="Organizations"/>. Default: none.</summary>
    public Dictionary<string, RateLimitOptions> ForOrganization { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Gets the limits of endpoints, by the names that callers give. Default: none.</summary>
    public Dictionary<string, EndpointRuleOptions> Endpoints { get; } = new(StringComparer.Ordinal);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (id, _) in ForOrganization.Where(one => !Guid.TryParseExact(one.Key, "D", out _)))
        {
            yield return new ValidationResult("is not the id of an organization, 36 characters.", [$"{nameof(ForOrganization)}:{id}"]);
        }

        foreach (var (name, _) in Endpoints.Where(one => !EndpointName().IsMatch(one.Key)))
        {
            yield return new ValidationResult("is not a name: a lower-case letter, then up to 63 lower-case letters, digits, - _ or .", [$"{nameof(Endpoints)}:{name}"]);
        }

        foreach (var (place, rule) in All())
        {
            foreach (var (setting, fault) in rule.Faults())
            {
                yield return new ValidationResult(fault, [$"{place}:{setting}"]);
            }
        }
    }

    // The format NAME of the contract, which callers' names have to keep.
    [GeneratedRegex("^[a-z](?:[a-z0-9_.-]{0,62}[a-z0-9])?$", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex EndpointName();

    private IEnumerable<(string Place, RateLimitOptions Rule)> All() =>
    [
        (nameof(Keys), Keys),
        (nameof(Addresses), Addresses),
        (nameof(Organizations), Organizations),
        .. ForOrganization.Select(one => ($"{nameof(ForOrganization)}:{one.Key}", one.Value)),
        .. Endpoints.Select(one => ($"{nameof(Endpoints)}:{one.Key}", (RateLimitOptions)one.Value)),
    ];
}
