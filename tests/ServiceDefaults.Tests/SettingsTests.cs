using McpSecure.Client;
using McpSecure.Testing;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Starts hosts with settings that are wrong.</summary>
public sealed class SettingsTests : IDisposable
{
    private readonly TestPki pki = new();

    public void Dispose() => pki.Dispose();

    [Fact]
    public async Task Start_WithManyWrongSettings_NamesThemAllAtOnce()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => ProbeHost.StartAsync(pki, settings:
        [
            ("Listen:GrpcPort", "70000"),
            ("Limits:LongestCall", "00:00:00"),
            ("Drain:Announce", "1.00:00:00"),
            ("Mtls:TrustDomain", "Not One"),
            ("CallerPolicy:Applications:1", "../x"),
        ]));

        Assert.Equal(
        [
            "CallerPolicy:Applications: '../x' is no workload name.",
            "Drain:Announce: The field Announce must be between 00:00:00 and 00:01:00.",
            "Limits:LongestCall: The field LongestCall must be between 00:00:01 and 00:10:00.",
            "Listen:GrpcPort: The field GrpcPort must be between 0 and 65535.",
            "Mtls:TrustDomain is 'Not One': it must be a SPIFFE trust domain such as mcpsecure.local.",
        ], error.Failures.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Start_WithAMisspeltSetting_NamesIt()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => ProbeHost.StartAsync(pki, settings:
        [
            ("Limits:LongestCal", "00:00:05"),
            ("Limits:MaxConnections", "many"),
            ("Mtls:TrustBundel", "/ca.crt"),
            ("Drain:Announce", "1.00:00:00"),
        ]));

        Assert.Equal(
        [
            "Drain:Announce: The field Announce must be between 00:00:00 and 00:01:00.",
            "Limits:LongestCal is unknown: there is no such setting.",
            "Limits:MaxConnections cannot be read as Int32.",
            "Mtls:TrustBundel is unknown: there is no such setting.",
        ], error.Failures.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Start_WithAnApplicationNamedAsAPlatformWorkload_IsRefused()
    {
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => ProbeHost.StartAsync(pki, settings: ("CallerPolicy:Applications:1", "friend")));

        Assert.Contains("CallerPolicy:Applications names 'friend'", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithoutACertificate_NamesTheFile()
    {
        var own = pki.Workload(ProbeHost.Name);
        File.Delete(own.Certificate);

        var error = await Assert.ThrowsAsync<CertificateFilesException>(() => ProbeHost.StartAsync(pki, own));

        Assert.StartsWith($"{own.Certificate} cannot be read", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Kestrel:Endpoints:Open:Url", "http://127.0.0.1:0")]
    [InlineData("urls", "http://127.0.0.1:0")]
    [InlineData("ASPNETCORE_URLS", "http://127.0.0.1:0")]
    [InlineData("http_ports", "0")]
    public async Task Start_WithAnotherAddressInTheSettings_OpensNoOtherPort(string setting, string value)
    {
        try
        {
            await using var host = await ProbeHost.StartAsync(pki, settings: (setting, value));
            Assert.Equal(2, host.App.Urls.Count);
        }
        catch (OptionsValidationException e)
        {
            Assert.Contains("Listen:GrpcPort", e.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Policy_WithARpcThatDoesNotExist_IsRefused() =>
        Assert.Throws<ArgumentException>(() => CallerPolicy.For(ProbeService.Descriptor).Allow("mcpsecure.testing.v1.ProbeService/NoSuch", Caller.Applications));

    [Fact]
    public void Policy_ThatListsARpcTwice_IsRefused() =>
        Assert.Throws<ArgumentException>(() => CallerPolicy.For(ProbeService.Descriptor)
            .Allow("mcpsecure.testing.v1.ProbeService/Echo", Caller.Applications)
            .Allow("mcpsecure.testing.v1.ProbeService/Echo", Caller.Service("cli")));

    [Fact]
    public void Policy_ThatListsARpcForNobody_IsRefused() =>
        Assert.Throws<ArgumentException>(() => CallerPolicy.For(ProbeService.Descriptor).Allow("mcpsecure.testing.v1.ProbeService/Echo"));

    [Fact]
    public void Policy_ThatIsIncomplete_SaysWhatIsMissing()
    {
        var policy = CallerPolicy.For(ProbeService.Descriptor).Allow("mcpsecure.testing.v1.ProbeService/Echo", Caller.Applications);

        Assert.Contains("mcpsecure.testing.v1.ProbeService/Hidden", policy.Unlisted);
        Assert.DoesNotContain("mcpsecure.testing.v1.ProbeService/Echo", policy.Unlisted);
    }
}
