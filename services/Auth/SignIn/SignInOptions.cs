using System.ComponentModel.DataAnnotations;

namespace McpSecure.Auth;

/// <summary>Says how guessing is slowed down. Section <c>SignIn</c>.</summary>
internal sealed class SignInOptions : IValidatableObject
{
    /// <summary>Gets or sets how many failures in a row cost no delay. Default 4; 0 to 20.</summary>
    [Range(0, 20)]
    public int FreeFailures { get; set; } = 4;

    /// <summary>Gets or sets the delay after the first failure that costs one; it doubles with each further failure. Default 1 s; 1 s to 1 min.</summary>
    [Range(typeof(TimeSpan), "00:00:01", "00:01:00")]
    public TimeSpan FirstDelay { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>Gets or sets the longest delay. It bounds the guesses on an account (96 a day by default) and what an attacker can cost its owner. Default 15 min; 1 min to 1 h.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "01:00:00")]
    public TimeSpan LongestDelay { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Gets or sets after how long without a try failures are forgotten. Default 24 h; 1 h to 30 d.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "30.00:00:00")]
    public TimeSpan ForgetAfter { get; set; } = TimeSpan.FromHours(24);

    /// <summary>Gets or sets how many failures from one network, on whatever accounts, are taken at once. Default 100; 10 to 100 000.</summary>
    [Range(10, 100_000)]
    public int NetworkBurst { get; set; } = 100;

    /// <summary>Gets or sets how many further failures from one network are taken per minute. Default 120; 1 to 100 000.</summary>
    [Range(1, 100_000)]
    public int NetworkFailuresPerMinute { get; set; } = 120;

    /// <summary>Gets or sets for how long after his last sign-in from a network a user is known there. Default 30 d; 1 h to 365 d.</summary>
    [Range(typeof(TimeSpan), "01:00:00", "365.00:00:00")]
    public TimeSpan NetworkKnownFor { get; set; } = TimeSpan.FromDays(30);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (ForgetAfter <= LongestDelay)
        {
            yield return new ValidationResult("must be longer than LongestDelay, or waiting would earn free tries.", [nameof(ForgetAfter)]);
        }
    }
}
