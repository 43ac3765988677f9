namespace McpSecure.Auth.Tests;

/// <summary>Shows codes, as a user's telephone does. Knows Base32 by itself, so that a fault in ours is seen.</summary>
public sealed class Authenticator(string base32, TimeProvider clock)
{
    public string Code(int stepsFromNow = 0)
    {
        using var secret = TotpSecret.CopyOf(Bytes(base32));
        return Totp.CodeOf(secret, Totp.StepAt(clock.GetUtcNow()) + stepsFromNow).Reveal();
    }

    /// <summary>Shows a code that is none of those around now.</summary>
    public string WrongCode()
    {
        var right = Enumerable.Range(-2, 5).Select(Code).ToHashSet(StringComparer.Ordinal);
        return Enumerable.Range(0, 10).Select(number => number.ToString("D6")).First(code => !right.Contains(code));
    }

    private static byte[] Bytes(string base32)
    {
        var bits = string.Concat(base32.Select(letter => Convert.ToString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".IndexOf(letter), 2).PadLeft(5, '0')));
        return [.. Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2))];
    }
}
