using System.Globalization;

namespace McpSecure.Auth.Tests;

public sealed class SecretsTests
{
    private static readonly DateTimeOffset Time = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<object, string> Holders()
    {
        var account = new Account(Guid.Empty, "alice", "alice@example.org", Time, TotpEnrolled: true);
        var token = new AccessToken(Guid.Empty, Guid.Empty, Guid.Empty, "alice", "alice@example.org", "cli", [], [], ["pwd"], Time, Time, Time);
        return new TheoryData<object, string>
        {
            { Password.From("sentinel-words"), "sentinel" },
            { new Credentials("alice", Password.From("sentinel-words"), TotpCode.Parse("123456")), "sentinel" },
            { new NewUser("alice", Password.From("sentinel-words"), null), "sentinel" },
            { TotpCode.Parse("123456")!, "123456" },
            { TotpSecret.CopyOf("sentinel"u8), "sentinel" },
            { new NewAuthenticator("SENTINEL", "McpSecure", "alice"), "SENTINEL" },
            { BootstrapSecret.From("sentinel"), "sentinel" },
            { new SignedToken("sentinel", token), "sentinel" },
            { token, "alice" },
            { new SignInRecord(account, "sentinel", false, new SealedTotp("c", 1), true), "sentinel" },
            { new SignInResult.SignedIn(new SignedToken("sentinel", token)), "sentinel" },
        };
    }

    [Theory]
    [MemberData(nameof(Holders))]
    public void ToString_OfWhatHoldsASecret_DoesNotShowIt(object holder, string secret)
    {
        Assert.DoesNotContain(secret, string.Create(CultureInfo.InvariantCulture, $"{holder}"), StringComparison.Ordinal);
    }
}
