using McpSecure.Testing;

namespace McpSecure.Cli.Tests.Profiles;

[Collection(PlatformTests.Name)]
public sealed class ProfileTests(ScriptedPlatform platform)
{
    [Fact]
    public async Task Profile_Missing_SaysHowToComeByOne()
    {
        using var desk = new Desk();

        var ran = await desk.RunAsync("whoami");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith($"error: There is no profile at {desk.ProfilePath}. (PROFILE_MISSING)\nhint: Start the platform with", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "The input does not contain any JSON tokens")]
    [InlineData("{", "Expected depth to be zero")]
    [InlineData("[]", "could not be converted")]
    [InlineData("""{"addresses": 5}""", "could not be converted")]
    [InlineData("null", "trustDomain is not set. trustBundlePath is not set. certificatePath is not set. keyPath is not set. addresses.auth is not an https address.")]
    [InlineData("""{"trustDomain": " ", "addresses": {"auth": null, "audit": "http://localhost:1"}}""", "addresses.audit is not an https address.")]
    public async Task Profile_Broken_NamesWhatIsWrong(string content, string expected)
    {
        using var desk = new Desk();
        desk.WriteFile("cli.json", content);

        var ran = await desk.RunAsync("whoami");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
        Assert.Contains("(PROFILE_INVALID)", ran.Error, StringComparison.Ordinal);
        Assert.Equal(2, ran.Error.TrimEnd('\n').Split('\n').Length);
    }

    // Was told as a defect of the command.
    [Theory]
    [InlineData("mcpsecure.local", "https://localhost:1/path", "it must be https://host:port.")]
    [InlineData("Not a domain", "https://localhost:1", "it must be a SPIFFE trust domain")]
    public async Task Profile_WithWhatTheClientRefuses_IsInvalid(string domain, string address, string expected)
    {
        using var desk = Desk.At(platform);
        var addresses = platform.Addresses.ToDictionary(one => one.Key, _ => address);
        desk.WriteProfile(new { trustDomain = domain, trustBundlePath = "ca.crt", certificatePath = "tls.crt", keyPath = "tls.key", addresses });

        var ran = await desk.SignedIn().RunAsync("users", "list");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Contains(expected, ran.Error, StringComparison.Ordinal);
        Assert.Contains("(PROFILE_INVALID)", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Profile_ThatIsAFolder_IsUnusable()
    {
        using var desk = new Desk();
        Directory.CreateDirectory(desk.ProfilePath);

        var ran = await desk.RunAsync("whoami");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Contains("(FILE_UNUSABLE)", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Certificate_Missing_IsNamed()
    {
        using var desk = Desk.Alone();

        var ran = await desk.SignedIn().RunAsync("users", "list");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Contains(desk.InFolder("tls.crt"), ran.Error, StringComparison.Ordinal);
        Assert.Contains("(CERTIFICATE_UNUSABLE)", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_WithTheCertificateOfAnotherWorkload_IsNotSpokenTo()
    {
        using var desk = Desk.At(platform);
        var swapped = platform.Addresses.ToDictionary(one => one.Key, _ => platform.Addresses["audit"]);
        desk.WriteProfile(new
        {
            trustDomain = TestPki.TrustDomain,
            trustBundlePath = platform.Cli.TrustBundle,
            certificatePath = platform.Cli.Certificate,
            keyPath = platform.Cli.Key,
            addresses = swapped,
        });
        platform.Script.Current = new Script();

        var ran = await desk.RunAsync(new TestTerminal("password\n"), "signin", "ann", "--password-stdin");

        Assert.Equal(ExitCode.Unavailable, ran.ExitCode);
        Assert.Empty(platform.Script.Current.Calls);
    }
}
