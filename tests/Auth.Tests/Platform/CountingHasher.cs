using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace McpSecure.Auth.Tests;

/// <summary>Counts what is hashed and verified, and does it quickly.</summary>
internal sealed class CountingHasher : IPasswordHasher<Account>
{
    /// <summary>Keeps tests quick; the service refuses so few.</summary>
    public const int Iterations = 1_000;

    private readonly PasswordHasher<Account> hasher = new(Options.Create(new PasswordHasherOptions { IterationCount = Iterations }));
    private int hashed;
    private int verified;

    public int Hashed => hashed;

    public int Verified => verified;

    public string HashPassword(Account user, string password)
    {
        Interlocked.Increment(ref hashed);
        return hasher.HashPassword(user, password);
    }

    public PasswordVerificationResult VerifyHashedPassword(Account user, string hashedPassword, string providedPassword)
    {
        Interlocked.Increment(ref verified);
        return hasher.VerifyHashedPassword(user, hashedPassword, providedPassword);
    }
}
