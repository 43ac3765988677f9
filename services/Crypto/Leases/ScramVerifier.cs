using System.Security.Cryptography;
using System.Text;

namespace McpSecure.Crypto;

/// <summary>
/// Computes what Postgres stores of a password, in the form that it takes in the place of one (manual, "pg_authid": rolpassword), so that the
/// password itself reaches neither the server's log nor its statistics. SCRAM-SHA-256 after RFC 5802 §3 and RFC 7677.
/// </summary>
internal static class ScramVerifier
{
    private const int SaltSizeInBytes = 16;
    private const int Iterations = 4096; // Postgres's own default; what is hashed here has 256 random bits

    /// <summary>Computes the verifier of a password under a random salt. The password must be ASCII, which SASLprep leaves as it is.</summary>
    public static string Of(string password) => Of(password, RandomNumberGenerator.GetBytes(SaltSizeInBytes));

    internal static string Of(string password, byte[] salt)
    {
        if (!Ascii.IsValid(password))
        {
            throw new ArgumentException("It must be ASCII.", nameof(password));
        }

        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, Iterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        var storedKey = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var serverKey = HMACSHA256.HashData(salted, "Server Key"u8);
        CryptographicOperations.ZeroMemory(salted);
        return $"SCRAM-SHA-256${Iterations}:{Convert.ToBase64String(salt)}${Convert.ToBase64String(storedKey)}:{Convert.ToBase64String(serverKey)}";
    }
}
