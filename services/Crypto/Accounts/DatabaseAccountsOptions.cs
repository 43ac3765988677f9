using System.ComponentModel.DataAnnotations;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>Says which accounts of databases are rotated, and how. Section <c>DatabaseAccounts</c>.</summary>
internal sealed class DatabaseAccountsOptions : IValidatableObject
{
    /// <summary>
    /// Gets or sets a connection string for each workload whose account is kept here. Its user name <c>x</c> owns the database; the logins are
    /// <c>x_a</c> and <c>x_b</c>, members of <c>x</c> with <c>ALTER ROLE … SET role = x</c>. Its password is what both have at first; it is worth nothing
    /// after the first two rotations. Default: none.
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
            if (!IsComplete(text))
            {
                yield return new ValidationResult("is no connection string with Host, Database, Username and Password.", [$"{nameof(Logins)}:{workload}"]);
            }
        }

        if (Interval <= Overlap)
        {
            yield return new ValidationResult("must exceed Overlap.", [nameof(Interval)]);
        }
    }

    private static bool IsComplete(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text) is { Host.Length: > 0, Database.Length: > 0, Username.Length: > 0, Password.Length: > 0 };
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
