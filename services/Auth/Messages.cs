using Google.Protobuf.WellKnownTypes;
using McpSecure.Auth.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>Writes what several of our services answer in the same words.</summary>
internal static class Messages
{
    /// <summary>Writes an access token.</summary>
    public static V1.AccessToken From(SignedToken signed) => new()
    {
        Token = signed.Reveal(),
        ExpiresAt = signed.Token.ExpiresAt.ToTimestamp(),
        AuthenticationMethods = { signed.Token.Methods },
    };

    /// <summary>Writes an account.</summary>
    public static User From(Account account) => new()
    {
        UserId = account.UserId.ToString(),
        Username = account.Username,
        Email = account.Email ?? "",
        CreatedAt = account.CreatedAt.ToTimestamp(),
        TotpEnrolled = account.TotpEnrolled,
    };

    /// <summary>Refuses because of too many tries. Rounded up: who comes back then is looked at.</summary>
    public static Refusal TooManyAttempts(TimeSpan wait) => Refusal.Because(
        ErrorReason.TooManyAttempts,
        "Too many tries failed: wait before the next.",
        ("retry_after_seconds", (long)Math.Ceiling(wait.TotalSeconds)));

    /// <summary>Refuses because all turns to hash are taken.</summary>
    public static Refusal Busy() => Refusal.Because(ErrorReason.Busy, "Too many passwords are being checked: try again in a moment.");

    /// <summary>Refuses a new password.</summary>
    public static Refusal PasswordRefused(PasswordVerdict verdict) => verdict switch
    {
        PasswordVerdict.WrongLength => Refusal.InvalidField(
            "password", $"must have {PasswordRules.Shortest} to {PasswordRules.Longest} characters after Unicode normalisation (NFKC)."),
        PasswordVerdict.UnassignedCharacter => Refusal.InvalidField("password", "has a character that Unicode does not know."),
        PasswordVerdict.HoldsUsername => Refusal.Because(ErrorReason.PasswordTooWeak, "The password holds the user name.", ("rule", "holds_username")),
        PasswordVerdict.Common => Refusal.Because(
            ErrorReason.PasswordTooWeak, "The password is made of what is tried first: words on every list, years, rows of keys, repetitions.", ("rule", "common")),
        PasswordVerdict.Accepted => throw new ArgumentOutOfRangeException(nameof(verdict), verdict, "An accepted password is no reason to refuse."),
    };
}
