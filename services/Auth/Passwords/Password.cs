using System.Text;

namespace McpSecure.Auth;

/// <summary>Holds a password in the one form that is judged, hashed and compared. Prints its type name.</summary>
internal sealed class Password
{
    private readonly string text;

    private Password(string text) => this.text = text;

    /// <summary>Gets the length in Unicode code points: NIST SP 800-63B counts each as one character.</summary>
    public int Length => text.EnumerateRunes().Count();

    /// <summary>
    /// Makes the password that a text stands for. Keyboards write one character in several ways (a letter with its accent, or a letter
    /// and an accent; wide and narrow Latin), so it is normalised to NFKC before anything else.
    /// </summary>
    // NIST SP 800-63B §5.1.1.2: the normalization process for stabilized strings, NFKC (UAX #15 §12.1).
    public static Password From(string text)
    {
        try
        {
            return new Password(text.Normalize(NormalizationForm.FormKC));
        }
        catch (ArgumentException)
        {
            // It has code points that are no characters. Nobody has such a password, for the rules refuse it, and so it matches none.
            return new Password(text);
        }
    }

    /// <summary>Returns whether this process can normalise at all; without ICU, or in invariant mode, it cannot and does not say so.</summary>
    public static bool CanNormalize() => From("e\u0301\uFF21").Reveal() == "\u00E9A";

    /// <summary>Shows the password.</summary>
    public string Reveal() => text;

    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(Password);
}
