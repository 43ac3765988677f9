using System.ComponentModel.DataAnnotations;

namespace McpSecure.ApiKey;

/// <summary>
/// Says when an address that presents invalid keys again and again has to wait. Section <c>Lockout</c>. Keys that a replica knows to be good are let
/// through all the same.
/// </summary>
internal sealed class LockoutOptions : IValidatableObject
{
    /// <summary>Gets or sets how many invalid keys an address may present at once; they are forgiven evenly over the window. Default 20; 1 to 10 000.</summary>
    [Range(1, 10_000)]
    public int Failures { get; set; } = 20;

    /// <summary>Gets or sets the time in which all of them are forgiven. Default 1 minute; 1 second to 1 day.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan Window { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Gets or sets how long an address has to wait the first time; each further time twice as long. Default 30 seconds; 1 second to 1 hour.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "01:00:00")]
    public TimeSpan FirstWait { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Gets or sets the longest wait. Default 15 minutes; 1 second to 1 day, and not shorter than the first.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "1.00:00:00")]
    public TimeSpan LongestWait { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Gets or sets after which time without a failure the next wait is a first one again. Default 1 hour; 1 minute to 7 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "7.00:00:00")]
    public TimeSpan ForgetAfter { get; set; } = TimeSpan.FromHours(1);

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (LongestWait < FirstWait)
        {
            yield return new ValidationResult("must not be shorter than FirstWait.", [nameof(LongestWait)]);
        }
    }
}
