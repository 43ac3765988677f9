using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace McpSecure.Auth;

/// <summary>Makes and checks the codes of RFC 6238 with the parameters that every authenticator knows: HMAC-SHA-1, 6 digits, steps of 30 s.</summary>
internal static class Totp
{
    private const int StepInSeconds = 30;

    // RFC 6238 §5.2: one step for the way and for clocks that differ; more only helps whoever guesses.
    private const int StepsOfGrace = 1;

    /// <summary>Gives the time step of a time: 30 s each, counted from 1970.</summary>
    public static long StepAt(DateTimeOffset time) => Math.DivRem(time.ToUnixTimeSeconds(), StepInSeconds).Quotient;

    /// <summary>Gives the code of a step.</summary>
    public static TotpCode CodeOf(TotpSecret secret, long step) => TotpCode.FromNumber(NumberOf(secret, step));

    /// <summary>
    /// Finds the step, this one or a neighbour of it, whose code was presented; the latest where several have the same. Returns null
    /// where none has. Takes the same time whichever it is. Whether the step was used before is for the store to say.
    /// </summary>
    public static long? FindStep(TotpSecret secret, TotpCode presented, DateTimeOffset now)
    {
        var current = StepAt(now);
        long? found = null;
        for (var step = current - StepsOfGrace; step <= current + StepsOfGrace; step++)
        {
            found = CodeOf(secret, step).Matches(presented) ? step : found;
        }

        return found;
    }

    /// <summary>Truncates the HMAC of a counter to 31 bits (RFC 4226 §5.3).</summary>
    [SuppressMessage("Security", "CA5350:Do Not Use Weak Cryptographic Algorithms", Justification = "RFC 6238 with SHA-1 is what authenticators speak; HMAC does not rest on collisions.")]
    internal static int NumberOf(TotpSecret secret, long counter)
    {
        Span<byte> message = stackalloc byte[sizeof(long)];
        BinaryPrimitives.WriteInt64BigEndian(message, counter);
        Span<byte> mac = stackalloc byte[HMACSHA1.HashSizeInBytes];
        HMACSHA1.HashData(secret.Reveal(), message, mac);

        var offset = mac[^1] & 0x0F;
        return BinaryPrimitives.ReadInt32BigEndian(mac[offset..]) & 0x7FFF_FFFF;
    }
}
