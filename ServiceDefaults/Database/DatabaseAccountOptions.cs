using System.ComponentModel.DataAnnotations;

namespace McpSecure.ServiceDefaults;

/// <summary>Says whose account this service signs in to its database with. Section <c>DatabaseAccount</c>.</summary>
internal sealed class DatabaseAccountOptions : IValidatableObject
{
    /// <summary>
    /// Gets or sets whether Crypto gives the account and rotates it. The connection string's own is then used until Crypto has answered. Default
    /// false: the connection string's own is used always.
    /// </summary>
    public bool Rotated { get; set; }

    /// <summary>
    /// Gets or sets a file in which the account is kept for the next start, readable by its owner alone, in a folder that can be written to and that
    /// all replicas share. For Crypto, whose own account is in the very database that it opens; the others ask it. Default: none, and each start
    /// begins with the connection string's.
    /// </summary>
    public string File { get; set; } = "";

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        // Found out at the first rotation, it would be too late: the account that the next start needs is known to nobody else.
        if (Rotated && File.Length > 0 && KeptDatabaseAccount.WhyNot(File) is { } flaw)
        {
            yield return new ValidationResult(flaw, [nameof(File)]);
        }
    }
}
