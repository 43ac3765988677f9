using System.ComponentModel.DataAnnotations;
using System.Text.RegularExpressions;

namespace McpSecure.Crypto;

/// <summary>Says where the root key is: in <see cref="RootKeySource.File"/> or in AWS KMS. Section <c>RootKey</c>.</summary>
internal sealed class RootKeyOptions : RootKeySource, IValidatableObject
{
    /// <summary>Gets or sets the root key before this one. What it sealed is sealed under this one at the next start. Default: none.</summary>
    public RootKeySource? Previous { get; set; }

    /// <summary>
    /// Gets or sets the root key that will come after this one, so that a replica which is not replaced yet opens what one that is has sealed.
    /// Default: none.
    /// </summary>
    public RootKeySource? Next { get; set; }

    /// <summary>Tells what is wrong.</summary>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        (string Name, RootKeySource? Source)[] sources = [("", this), ("Previous:", Previous), ("Next:", Next)];
        foreach (var (name, source) in sources)
        {
            if (source?.Fault() is { } fault)
            {
                yield return new ValidationResult(fault, [$"{name}{nameof(File)}"]);
            }
        }
    }
}

/// <summary>Says where one root key is.</summary>
internal partial class RootKeySource
{
    /// <summary>Gets or sets the path of a file that holds 32 random bytes in base64 and that only its owner may read. Default: none.</summary>
    public string File { get; set; } = "";

    /// <summary>
    /// Gets or sets the ARN of a symmetric key in AWS KMS, <c>arn:aws:kms:&lt;region&gt;:&lt;account&gt;:key/&lt;id&gt;</c>; no alias, which could
    /// be turned to another key. Credentials come from where the AWS SDK finds them. Default: none.
    /// </summary>
    public string AwsKmsKey { get; set; } = "";

    /// <summary>Gets or sets the address of KMS where it is not that of the key's region: a private endpoint. Default: the region's.</summary>
    public Uri? AwsKmsEndpoint { get; set; }

    /// <summary>Returns what is wrong; null where nothing is.</summary>
    public string? Fault() => (File.Length > 0, AwsKmsKey.Length > 0) switch
    {
        (false, false) => "is not set: it names a file of 32 random bytes in base64 (openssl rand -base64 32) that only its owner may read; or set AwsKmsKey.",
        (true, true) => "and AwsKmsKey are both set; a root key is in one place.",
        (false, true) when !Arn().IsMatch(AwsKmsKey) => "is not needed, but AwsKmsKey is not the ARN of a key: arn:aws:kms:<region>:<account>:key/<id>.",
        _ => null,
    };

    [GeneratedRegex("^arn:aws[a-z-]*:kms:[a-z0-9-]+:[0-9]{12}:key/[A-Za-z0-9-]+$", RegexOptions.NonBacktracking)]
    private static partial Regex Arn();
}
