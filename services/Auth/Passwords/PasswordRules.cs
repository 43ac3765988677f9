using System.Globalization;

namespace McpSecure.Auth;

/// <summary>Judges new passwords after NIST SP 800-63B: by length and by what others would guess first, never by kinds of characters.</summary>
internal static class PasswordRules
{
    /// <summary>The fewest characters, counted after normalisation.</summary>
    public const int Shortest = 12;

    /// <summary>The most characters, counted after normalisation.</summary>
    public const int Longest = 128;

    // Every password with an "a" in it holds the user name "a".
    private const int ShortestTellingName = 3;

    /// <summary>Judges a password that a user of this name wants.</summary>
    public static PasswordVerdict Judge(Password password, string username)
    {
        if (password.Length is < Shortest or > Longest)
        {
            return PasswordVerdict.WrongLength;
        }

        var text = password.Reveal();
        if (text.EnumerateRunes().Any(rune => System.Text.Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherNotAssigned))
        {
            return PasswordVerdict.UnassignedCharacter;
        }

        if (username.Length >= ShortestTellingName && text.Contains(username, StringComparison.OrdinalIgnoreCase))
        {
            return PasswordVerdict.HoldsUsername;
        }

        return CommonPasswords.IsCommon(text) ? PasswordVerdict.Common : PasswordVerdict.Accepted;
    }
}

/// <summary>Says what is wrong with a new password, if anything.</summary>
internal enum PasswordVerdict
{
    /// <summary>Nothing is.</summary>
    Accepted,

    /// <summary>It has fewer or more characters than allowed.</summary>
    WrongLength,

    /// <summary>It has a code point that Unicode may yet give a meaning, and with it another normal form: the user would be locked out (UAX #15 §12.1).</summary>
    UnassignedCharacter,

    /// <summary>The user's name is in it.</summary>
    HoldsUsername,

    /// <summary>It is made of what everybody tries first.</summary>
    Common,
}
