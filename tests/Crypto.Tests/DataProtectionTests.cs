using System.Runtime.Versioning;
using System.Text;
using Google.Protobuf;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class DataProtectionTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    private readonly DataProtectionService.DataProtectionServiceClient protection = platform.DataProtection("webshop");

    [Fact]
    public async Task MaskData_OfANestedDocument_MasksByNameAndSanitizesTheRest()
    {
        var masked = await protection.MaskDataAsync(new()
        {
            Document = ByteString.CopyFromUtf8("""{ "user": { "password": "x", "email": "alice@example.com" }, "notes": ["from 10.0.0.1"], "count": 1.50 }"""),
        });

        Assert.Equal("""{"user":{"password":"[MASKED]","email":"ali**************"},"notes":["from [IP]"],"count":1.50}""", masked.Document.ToStringUtf8());
    }

    [Fact]
    public async Task SanitizeText_OfEveryKind_ReplacesAndCounts()
    {
        var sanitized = await protection.SanitizeTextAsync(new() { Text = "ada@example.com, 4111 1111 1111 1111, 123-45-6789, 10.0.0.1, ::1, mcp_sk_0123456789" });

        Assert.Equal("[EMAIL], [CARD], [SSN], [IP], [IP], [API_KEY]", sanitized.Text);
        Assert.Equal(
            new Dictionary<string, int>(StringComparer.Ordinal) { ["email"] = 1, ["payment_card"] = 1, ["ssn"] = 1, ["ip"] = 2, ["api_key"] = 1 },
            sanitized.Findings.ToDictionary(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Request_OutOfRange_IsRefusedWithItsField()
    {
        await protection.MaskDataAsync(new()).AssertFieldsRefusedAsync("document");
        await protection.MaskDataAsync(new() { Document = ByteString.CopyFromUtf8("{") }).AssertFieldsRefusedAsync("document");
        await protection.MaskDataAsync(new() { Document = ByteString.CopyFrom(new byte[1_048_577]) }).AssertFieldsRefusedAsync("document");
        await protection.SanitizeTextAsync(new()).AssertFieldsRefusedAsync("text");
        await protection.SanitizeTextAsync(new() { Text = new string('a', 1_048_577) }).AssertFieldsRefusedAsync("text");
    }

    [Fact]
    public async Task SanitizeText_OfTheLargestSize_TravelsBothWays()
    {
        var text = string.Concat(Enumerable.Repeat("\U0001F600", 1_048_576));

        Assert.Equal(text, (await protection.SanitizeTextAsync(new() { Text = text })).Text);
    }

    // Small values under a sensitive name grow when they are replaced.
    [Fact]
    public async Task MaskData_OfWhatGrowsBeyondAnyAnswer_IsRefused()
    {
        var document = new StringBuilder("{\"password\":[");
        document.Insert(document.Length, "0,", 520_000).Append("0]}");

        await protection.MaskDataAsync(new() { Document = ByteString.CopyFromUtf8(document.ToString()) }).AssertFieldsRefusedAsync("document");
    }

    [Fact]
    public async Task WrongWorkload_IsRefused() =>
        await platform.DataProtection("auth").SanitizeTextAsync(new() { Text = "x" }).AssertRefusedAsync(ErrorReason.CallerNotAllowed);
}
