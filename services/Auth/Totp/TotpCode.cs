using System.Security.Cryptography;

namespace McpSecure.Auth;

/// <summary>Holds the six digits that an authenticator shows. Prints its type name.</summary>
internal sealed class TotpCode
{
    private const int Digits = 6;

    private readonly int value;

    private TotpCode(int value) => this.value = value;

    /// <summary>Reads six digits. Returns null where the text is anything else.</summary>
    public static TotpCode? Parse(string text) =>
        text.Length == Digits && text.All(char.IsAsciiDigit) ? new TotpCode(int.Parse(text)) : null;

    /// <summary>Makes the code of a 31-bit number by taking its last six digits (RFC 4226 §5.3).</summary>
    public static TotpCode FromNumber(int number) => new(number % 1_000_000);

    /// <summary>Compares in constant time.</summary>
    public bool Matches(TotpCode other)
    {
        Span<byte> left = stackalloc byte[sizeof(int)];
        Span<byte> right = stackalloc byte[sizeof(int)];
        BitConverter.TryWriteBytes(left, value);
        BitConverter.TryWriteBytes(right, other.value);
        return CryptographicOperations.FixedTimeEquals(left, right);
    }

    /// <summary>Shows the digits.</summary>
    public string Reveal() => value.ToString("D6");

    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(TotpCode);
}
