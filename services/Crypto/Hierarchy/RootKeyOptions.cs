using System.ComponentModel.DataAnnotations;

namespace McpSecure.Crypto;

/// <summary>Says where the root key is. Section <c>RootKey</c>.</summary>
internal sealed class RootKeyOptions
{
    /// <summary>Gets or sets the path of a file that holds 32 random bytes in base64 and that only its owner may read. Required: it protects everything.</summary>
    [Required(ErrorMessage = "is not set: it names a file of 32 random bytes in base64 (openssl rand -base64 32) that only its owner may read.")]
    public string File { get; set; } = "";
}
