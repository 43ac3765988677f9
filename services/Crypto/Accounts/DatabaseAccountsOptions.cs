using System.ComponentModel.DataAnnotations;

namespace McpSecure.Crypto;

/// <summary>Says which accounts of databases are rotated, and how. Section <c>DatabaseAccounts</c>.</summary>
internal sealed class DatabaseAccountsOptions : IValidatableObject
{
    /// <summary>
    /// Gets or sets a connection string for each workload whose account is kept here. Its user name <c>x</c> owns the database and cannot sign in; the
    /// logins are <c>x_a</c> and <c>x_b</c>, members of <c>x</c> with <c>ALTER ROLE … SET role = x</c>. Its password is what both have at first; it is
    /// worth nothing after the first two rotations, and heals a login whose password somebody else changed. A host that is not this one must prove
    /// itself: <c>SSL Mode</c> is VerifyCA or VerifyFull. Default: none.
    /// </summary>
    public Dictionary<string, string> Logins { get; set; } = [];

    /// <summary>Gets or sets how long after a rotation the next one comes by itself. Default 24 h; 1 min to 365 days.</summary>
    [Range(typeof(TimeSpan), "00:01:00", "365.00:00:00")]
    public TimeSpan Interval { get; set; } = TimeSpan.FromHours(24);

    /// <summary>
    /// Gets or sets for how long the login before goes on working after a rotation. Workloads ask four times in that time; one that cannot reach
    /// this service for longer is locked out of its database. Default 10 min; 4 s to 24 h.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:04", "1.00:00:00")]
    public TimeSpan Overlap { get; set; } = TimeSpan.FromMinutes(10);

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        foreach (var (workload, text) in Logins)
        {
            if (!DatabaseAddress.TryParse(text, out _, out var flaw))
            {
                yield return new ValidationResult(flaw, [$"{nameof(Logins)}:{workload}"]);
            }
        }

        if (Interval <= Overlap)
        {
            yield return new ValidationResult("must exceed Overlap.", [nameof(Interval)]);
        }
    }

    /// <summary>Returns how the database of a workload is reached, with the owner's name and the first password; null where none is kept.</summary>
    public DatabaseAddress? Find(string workload) =>
        Logins.TryGetValue(workload, out var text) && DatabaseAddress.TryParse(text, out var address, out _) ? address : null;
}
