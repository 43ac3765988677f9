namespace McpSecure.ServiceDefaults.Tests.Redaction;

public sealed class TextSanitizerTests
{
    // RFC 7519 §3.1, RFC 7515 appendix A.1.
    private const string Jwt = "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODB9.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";

    private static readonly TextSanitizer Everything = new(TextRules.All);

    [Theory]
    [InlineData("write to ada@example.com, please", "write to [EMAIL], please")]
    [InlineData("Ada.Lovelace+mcp@mail.example.co.uk.", "[EMAIL].")]
    [InlineData("<jörg@bücher.example>", "<[EMAIL]>")]
    [InlineData("a@b.cc", "[EMAIL]")]
    [InlineData("https://example.com/users/ada@example.com?mail=bob@example.com", "https://example.com/users/[EMAIL]?mail=[EMAIL]")]
    [InlineData("user@xn--bcher-kva.xn--p1ai", "[EMAIL]")]
    [InlineData("https://bob:pass@host.example/x", "https://bob:[EMAIL]/x")]
    [InlineData("npm left-pad@1.3.0 and @types/node", "npm left-pad@1.3.0 and @types/node")]
    [InlineData("a@b and @home and x@", "a@b and @home and x@")]
    public void Email(string text, string expected) => Assert.Equal(expected, Everything.Sanitize(text));

    // Test numbers that networks publish: Visa, Mastercard, American Express, Diners, Discover, JCB, UnionPay; 13 and 19 digits.
    [Theory]
    [InlineData("4111111111111111", "[CARD]")]
    [InlineData("4111 1111 1111 1111", "[CARD]")]
    [InlineData("5555-5555-5555-4444", "[CARD]")]
    [InlineData("2223003122003222", "[CARD]")]
    [InlineData("378282246310005", "[CARD]")]
    [InlineData("3782 822463 10005", "[CARD]")]
    [InlineData("30569309025904", "[CARD]")]
    [InlineData("3056 930902 5904", "[CARD]")]
    [InlineData("6011111111111117", "[CARD]")]
    [InlineData("3530111333300000", "[CARD]")]
    [InlineData("4222222222222", "[CARD]")]
    [InlineData("6205500000000000004", "[CARD]")]
    [InlineData("order 1 4111 1111 1111 1111 on 2026-11-21", "order 1 [CARD] on 2026-11-21")]
    [InlineData("card:4111111111111111,exp 12/30", "card:[CARD],exp 12/30")]
    [InlineData("4111111111111111 and 5555555555554444", "[CARD] and [CARD]")]
    public void Card_WithARightCheckDigit_IsReplaced(string text, string expected) => Assert.Equal(expected, Everything.Sanitize(text));

    [Theory]
    [InlineData("4111111111111112")]
    [InlineData("4111 1111 1111 1112")]
    [InlineData("1111111111111117")]
    [InlineData("1795237870000")]
    [InlineData("41111111111111110000000")]
    [InlineData("0.4111111111111111")]
    [InlineData("2026-11-21 08:15:30.123456")]
    [InlineData("01a1fc85-48e0-715c-8aaf-0dd9831536c2")]
    [InlineData("+1 202 555 0143")]
    public void Card_ThatIsNone_Stays(string text) => Assert.Equal(text, Everything.Sanitize(text));

    [Theory]
    [InlineData("SSN 123-45-6789.", "SSN [SSN].")]
    [InlineData("123 45 6789", "[SSN]")]
    [InlineData("000-12-3456", "000-12-3456")]
    [InlineData("666-12-3456", "666-12-3456")]
    [InlineData("912-12-3456", "912-12-3456")]
    [InlineData("123-00-4567", "123-00-4567")]
    [InlineData("123-45-0000", "123-45-0000")]
    [InlineData("123-45 6789", "123-45 6789")]
    [InlineData("1123-45-6789", "1123-45-6789")]
    [InlineData("123-45-67890", "123-45-67890")]
    [InlineData("part-123-45-6789-b", "part-123-45-6789-b")]
    public void SocialSecurityNumber(string text, string expected) => Assert.Equal(expected, Everything.Sanitize(text));

    [Theory]
    [InlineData("from 203.0.113.7:443 to 10.0.0.1.", "from [IP]:443 to [IP].")]
    [InlineData("http://192.0.2.1/x", "http://[IP]/x")]
    [InlineData("256.1.1.1", "256.1.1.1")]
    [InlineData("01.2.3.4", "01.2.3.4")]
    [InlineData("1.2.3.4.5", "1.2.3.4.5")]
    [InlineData("v1.2.3.4", "v1.2.3.4")]
    [InlineData("version 1.2.3.4", "version 1.2.3.4")]
    [InlineData("\"Version\": \"10.0.1.2\"", "\"Version\": \"10.0.1.2\"")]
    [InlineData("10.0.26100.1742", "10.0.26100.1742")]
    public void Ipv4(string text, string expected) => Assert.Equal(expected, Everything.Sanitize(text));

    [Theory]
    [InlineData("from 2001:db8::1 to fe80::a%eth0", "from [IP] to [IP]%eth0")]
    [InlineData("[2001:db8:0:0:0:0:2:1]:443", "[[IP]]:443")]
    [InlineData("::ffff:192.0.2.128", "[IP]")]
    [InlineData("at ::1: refused", "at [IP]: refused")]
    [InlineData("2001:DB8::", "[IP]")]
    [InlineData("it is 12:30:45", "it is 12:30:45")]
    [InlineData("std::abs and List::Item", "std::abs and List::Item")]
    [InlineData("00:1b:44:11:3a:b7", "00:1b:44:11:3a:b7")]
    [InlineData("ab:cd:ef", "ab:cd:ef")]
    [InlineData(" :: ", " :: ")]
    public void Ipv6(string text, string expected) => Assert.Equal(expected, Everything.Sanitize(text));

    [Theory]
    [InlineData($"authorization: Bearer {Jwt}", "authorization: Bearer [TOKEN]")]
    [InlineData($"token={Jwt}&x=1", "token=[TOKEN]&x=1")]
    [InlineData("Bearer mF_9.B5f-4.1JqM", "Bearer [TOKEN]")]
    [InlineData("BEARER abcdef123456", "BEARER [TOKEN]")]
    [InlineData("bearer abcdefghijklmnopqrstuvwxyz", "bearer [TOKEN]")]
    [InlineData("Bearer authentication is required", "Bearer authentication is required")]
    [InlineData("eyJhbGciOiJkaXIifQ..c2FsdA.Y2lwaGVy.dGFn", "[TOKEN]")]
    public void Token(string text, string expected) => Assert.Equal(expected, Everything.Sanitize(text));

    [Theory]
    [InlineData("key=mlcp_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8&x", "key=[API_KEY]&x")]
    [InlineData("key mcp_sk_0000000000000000000000AbCdEfGh_more, gone", "key [API_KEY], gone")]
    [InlineData("the prefix mcp_sk_ is public", "the prefix mcp_sk_ is public")]
    public void ApiKey(string text, string expected) => Assert.Equal(expected, Everything.Sanitize(text));

    [Theory]
    [InlineData("a -----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY----- b", "a [PRIVATE_KEY] b")]
    [InlineData("-----BEGIN EC PRIVATE KEY-----\\nMHc=\\n-----END EC PRIVATE KEY-----\n", "[PRIVATE_KEY]\n")]
    [InlineData("x -----BEGIN OPENSSH PRIVATE KEY-----\nb3Blbn", "x [PRIVATE_KEY]")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n-----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY-----", "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n[PRIVATE_KEY]")]
    public void PrivateKey(string text, string expected) => Assert.Equal(expected, Everything.Sanitize(text));

    [Fact]
    public void Sanitize_TextWithoutFindings_IsTheSameString()
    {
        const string Text = "The key hierarchy is open: 12 keyrings, 3.5 ms, trace d81848b9e53cc7aa7d97d3f6e189b5f3.";

        Assert.Same(Text, Everything.Sanitize(Text));
    }

    [Fact]
    public void Sanitize_Counting_TellsWhatWasThere()
    {
        var found = new Dictionary<string, int>(StringComparer.Ordinal);

        Everything.Sanitize("a@b.cc, c@d.ee from 10.0.0.1", found);

        Assert.Equal(new Dictionary<string, int>(StringComparer.Ordinal) { ["email"] = 2, ["ip"] = 1 }, found);
    }

    [Fact]
    public void OfRecords_KeepsNetworkAddressesAndNothingElse() =>
        Assert.Equal("[EMAIL] at 10.0.0.1 and 2001:db8::1", TextSanitizer.OfRecords.Sanitize("a@b.cc at 10.0.0.1 and 2001:db8::1"));
}
