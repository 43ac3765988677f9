using System.Buffers.Binary;
using System.Security.Cryptography;

namespace McpSecure.Cli;

/// <summary>Computes the codes that an authenticator shows (RFC 6238 with SHA-1, 30 seconds, 6 digits, as the platform enrols).</summary>
internal static class Totp
{
    private const long PeriodInSeconds = 30;

    /// <summary>Answers the six digits for <paramref name="time"/> moved by <paramref name="steps"/> periods of 30 seconds.</summary>
    public static string Code(ReadOnlySpan<byte> secret, DateTimeOffset time, int steps = 0)
    {
        Span<byte> counter = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(counter, (time.ToUnixTimeSeconds() / PeriodInSeconds) + steps);

        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
#pragma warning disable CA5350 // RFC 6238 section 1.2 and every authenticator: HMAC-SHA-1, which collisions of SHA-1 do not weaken
        HMACSHA1.HashData(secret, counter, mac);
#pragma warning restore CA5350

        // RFC 4226 section 5.3: the low nibble of the last byte says where the 31 bits lie.
        var truncated = BinaryPrimitives.ReadInt32BigEndian(mac[(mac[^1] & 0x0f)..]) & 0x7fffffff;
        return (truncated % 1_000_000).ToString("D6");
    }

    /// <summary>Answers in how many whole seconds the period of that code ends.</summary>
    public static int SecondsLeft(DateTimeOffset time, int steps = 0) =>
        (int)(PeriodInSeconds - (time.ToUnixTimeSeconds() % PeriodInSeconds) + (steps * PeriodInSeconds));
}
