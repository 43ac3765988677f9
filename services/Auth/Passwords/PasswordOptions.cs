using System.ComponentModel.DataAnnotations;

namespace McpSecure.Auth;

/// <summary>Says how passwords are hashed. Section <c>Passwords</c>.</summary>
internal sealed class PasswordOptions
{
    /// <summary>
    /// Gets or sets the iterations of PBKDF2-HMAC-SHA512. A hash with fewer is renewed when its user signs in.
    /// Default 210 000, the least that OWASP's Password Storage Cheat Sheet advises; 210 000 to 10 000 000.
    /// </summary>
    [Range(210_000, 10_000_000)]
    public int IterationCount { get; set; } = 210_000;

    /// <summary>Gets or sets how many passwords are hashed at a time; each takes a core for about 0.2 s. Default: the cores of the machine; 1 to 256.</summary>
    [Range(1, 256)]
    public int ConcurrentHashes { get; set; } = Math.Clamp(Environment.ProcessorCount, 1, 256);

    /// <summary>Gets or sets how many calls may wait for their turn to hash; one more is answered BUSY. Default 16; 0 to 1 000.</summary>
    [Range(0, 1_000)]
    public int WaitingHashes { get; set; } = 16;
}
