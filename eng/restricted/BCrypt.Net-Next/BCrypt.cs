using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace BCrypt.Net;

/// <summary>
/// Stands in for the class of this name in the package <c>BCrypt.Net-Next</c>: the same hashes, computed by the system's libxcrypt.
/// </summary>
public static class BCrypt
{
    private const int LowestWorkFactor = 4;
    private const int HighestWorkFactor = 31;

    // "$2a$" + two digits + "$" + 22 characters of salt + 31 characters of hash.
    private const int SettingLength = 29;
    private const int HashLength = 60;

    // bcrypt reads no further: Provos and Mazières, "A Future-Adaptable Password Scheme", §4.
    private const int LongestKeyInBytes = 72;

    private const string Base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    private const string BCryptBase64 = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Returns a salt of 128 random bits with the work factor before it. Throws when the factor is not within 4 and 31.</summary>
    public static string GenerateSalt(int workFactor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(workFactor, LowestWorkFactor);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(workFactor, HighestWorkFactor);

        // bcrypt packs bits as base64 does and only names the digits differently.
        var digits = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16)).TrimEnd('=')
            .Select(digit => BCryptBase64[Base64.IndexOf(digit, StringComparison.Ordinal)]);
        return $"$2a${workFactor:D2}${string.Concat(digits)}";
    }

    /// <summary>
    /// Returns the hash of the key under a fresh salt: 60 characters, beginning with <c>$2a$</c>.
    /// Bytes of the key after the 72nd do not count.
    /// </summary>
    public static string HashPassword(string inputKey, int workFactor) => HashPassword(inputKey, GenerateSalt(workFactor));

    /// <summary>
    /// Returns the hash of the key under a salt, or under the salt of an earlier hash. Throws <see cref="SaltParseException"/>
    /// when that is malformed, and <see cref="ArgumentException"/> for a key that holds a NUL, at which the library would stop reading.
    /// </summary>
    public static string HashPassword(string inputKey, string salt)
    {
        ArgumentNullException.ThrowIfNull(inputKey);
        ArgumentException.ThrowIfNullOrEmpty(salt);
        if (inputKey.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException("The key holds a NUL.", nameof(inputKey));
        _ = ReadWorkFactor(salt);

        var key = StrictUtf8.GetBytes(inputKey);
        try
        {
            // Revisions a, b and y are one algorithm in BCrypt.Net; libxcrypt adds a countermeasure to a, so it is always asked for b.
            var hash = LibCrypt.Hash(key.AsSpan(0, Math.Min(key.Length, LongestKeyInBytes)), $"$2b${salt.AsSpan(4, SettingLength - 4)}");
            return hash is { Length: HashLength }
                ? $"{salt.AsSpan(0, 4)}{hash.AsSpan(4)}"
                : throw new SaltParseException("Invalid salt");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>
    /// Returns whether the hash is that of the text. Compares in constant time; throws <see cref="SaltParseException"/>
    /// when the hash is malformed.
    /// </summary>
    public static bool Verify(string text, string hash)
        => CryptographicOperations.FixedTimeEquals(StrictUtf8.GetBytes(hash), StrictUtf8.GetBytes(HashPassword(text, hash)));

    /// <summary>
    /// Returns whether the hash was made with a lower work factor. Throws <see cref="SaltParseException"/> when it is malformed.
    /// </summary>
    public static bool PasswordNeedsRehash(string hash, int newMinimumWorkLoad)
    {
        ArgumentNullException.ThrowIfNull(hash);
        return hash.Length == HashLength
            ? ReadWorkFactor(hash) < newMinimumWorkLoad
            : throw new SaltParseException("Invalid Hash Format");
    }

    private static int ReadWorkFactor(string salt)
    {
        if (salt is not ['$', '2', 'a' or 'b' or 'y', '$', _, _, '$', ..] || salt.Length < SettingLength)
            throw new SaltParseException("Invalid salt revision");

        return int.TryParse(salt.AsSpan(4, 2), NumberStyles.None, CultureInfo.InvariantCulture, out var workFactor)
            && workFactor is >= LowestWorkFactor and <= HighestWorkFactor
            ? workFactor
            : throw new SaltParseException("Salt rounds out of range");
    }
}
