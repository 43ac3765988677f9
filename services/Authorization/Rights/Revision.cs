using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace McpSecure.Authorization;

/// <summary>
/// A moment in the one order of all changes of rights. Its text, for callers to keep and give back, is <c>r1.</c> and the number in hexadecimal;
/// one revision has one spelling.
/// </summary>
internal readonly record struct Revision(long Value) : IComparable<Revision>, IParsable<Revision>
{
    private const string Prefix = "r1.";

    public static bool operator <(Revision left, Revision right) => left.Value < right.Value;

    public static bool operator >(Revision left, Revision right) => left.Value > right.Value;

    public static bool operator <=(Revision left, Revision right) => left.Value <= right.Value;

    public static bool operator >=(Revision left, Revision right) => left.Value >= right.Value;

    public static Revision Parse(string s, IFormatProvider? provider) =>
        TryParse(s, provider, out var revision) ? revision : throw new FormatException("This is no revision.");

    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out Revision result)
    {
        result = default;
        if (s?.StartsWith(Prefix, StringComparison.Ordinal) != true
            || !long.TryParse(s.AsSpan(Prefix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value)
            || value < 0)
        {
            return false;
        }

        result = new(value);
        return result.ToString() == s;
    }

    public int CompareTo(Revision other) => Value.CompareTo(other.Value);

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{Value:x}");
}
