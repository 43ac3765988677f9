using McpSecure.ApiKey.V1;
using McpSecure.Auth.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Follows secrets: where they may come from, where they may go, and that they are never shown.</summary>
[Collection(PlatformTests.Name)]
public sealed class SecretTests(ScriptedPlatform platform) : IDisposable
{
    private const string Password = "correct horse battery";
    private const string NewKey = "mcp_sk_0123456789";

    private readonly Desk desk = Desk.At(platform);
    private readonly Script script = platform.Script.Current = new Script();

    public void Dispose() => desk.Dispose();

    [Theory]
    [InlineData("signin", "ann", Password)]
    [InlineData("signin", "ann", "--password", Password)]
    [InlineData("signin", "ann", "--password=" + Password)]
    [InlineData("signin", "ann", "--code", "123456")]
    [InlineData("users", "create", "ann", "--password", Password)]
    [InlineData("bootstrap", "ann", "--secret", Password)]
    [InlineData("mfa", "confirm", "123456")]
    [InlineData("keys", "validate", NewKey)]
    [InlineData("keys", "report-leak", NewKey)]
    [InlineData("keys", "report-leak", "--key", NewKey)]
    [InlineData("keys", "import", "--salt", Password)]
    [InlineData("check", "a:b", "--key", NewKey)]
    [InlineData("totp", "MZXW6YTB")]
    [InlineData("encrypt", "service-tokens", Password)]
    [InlineData("secrets", "put", "billing/stripe-key", Password)]
    [InlineData("secrets", "put", "billing/stripe-key", "--value", Password)]
    [InlineData("databases", "put", "shop", "Host=db;Password=" + Password)]
    [InlineData("fernet", "import", "python", Password)]
    public async Task Secret_OnTheCommandLine_IsNotTaken(params string[] arguments)
    {
        var ran = await desk.SignedIn().RunAsync(arguments);

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Contains("(USAGE)", ran.Error, StringComparison.Ordinal);
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task SignIn_ByAPerson_AsksWithoutEchoAndForTheCodeOnlyWhenItIsNeeded()
    {
        script.On((SignInRequest request) => request.TotpCode.Length > 0
            ? Answers.SignedIn()
            : throw Refusal.Because(ErrorReason.SecondFactorRequired, "A code is needed."));
        var terminal = new TestTerminal("", Password, "123456");

        var ran = await desk.RunAsync(terminal, "signin", "ann");

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.Equal(["The password: ", "The authenticator's code: "], terminal.Prompts);
        Assert.Equal(["", "123456"], script.Requests<SignInRequest>().Select(request => request.TotpCode));
        AssertNowhere(ran, Password, "123456", Answers.Token);
    }

    [Fact]
    public async Task SignIn_ByAScriptThatGivesNoCode_SaysHowToGiveOne()
    {
        script.Refuse<SignInRequest>(() => Refusal.Because(ErrorReason.SecondFactorRequired, "A code is needed."));

        var ran = await desk.RunAsync(new TestTerminal(Password + "\n"), "signin", "ann", "--password-stdin");

        Assert.Equal(ExitCode.NotAuthenticated, ran.ExitCode);
        Assert.Contains("--code-file or --code-stdin", ran.Error, StringComparison.Ordinal);
        AssertNowhere(ran, Password);
    }

    [Fact]
    public async Task SignIn_WithTwoSecretsOnStandardInput_TakesALineEachInTheOrderOfTheHelp()
    {
        script.On((SignInRequest _) => Answers.SignedIn());

        await desk.RunAsync(new TestTerminal($"{Password}\r\n123456\n"), "signin", "ann", "--code-stdin", "--password-stdin");

        var request = script.Requests<SignInRequest>().Single();
        Assert.Equal((Password, "123456"), (request.Password, request.TotpCode));
    }

    [Fact]
    public async Task SignIn_WithAFile_TakesItsFirstLineAsItIs()
    {
        script.On((SignInRequest _) => Answers.SignedIn());
        var file = desk.WriteFile("password", $" {Password} \nnot this\n");

        await desk.RunAsync("signin", "ann", "--password-file", file);

        Assert.Equal($" {Password} ", script.Requests<SignInRequest>().Single().Password);
    }

    [Theory]
    [InlineData("signin ann", "The password is needed and there is no terminal to ask on.")]
    [InlineData("signin ann --password-stdin", "The password is empty.")]
    [InlineData("signin ann --password-file /nowhere/at/all", "/nowhere/at/all cannot be read")]
    [InlineData("bootstrap ann", "The one-time secret is needed and there is no terminal to ask on.")]
    [InlineData("mfa confirm", "The authenticator's code is needed and there is no terminal to ask on.")]
    [InlineData("databases put shop", "The connection string is needed and there is no terminal to ask on.")]
    [InlineData("fernet import python", "The key is needed and there is no terminal to ask on.")]
    [InlineData("keys report-leak", "The API key that was found is needed and there is no terminal to ask on.")]
    [InlineData("keys validate", "The API key is needed and there is no terminal to ask on.")]
    public async Task Secret_ThatIsNotThere_IsAskedForInASentence(string line, string sentence)
    {
        var ran = await desk.SignedIn().RunAsync(line.Split(' '));

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith($"error: {sentence}", ran.Error, StringComparison.Ordinal);
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task NewPassword_TypedTwiceDifferently_ChangesNothing()
    {
        var ran = await desk.SignedIn().RunAsync(new TestTerminal("", Password, "correct hoarse"), "users", "create", "bob");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith("error: The two entries differ. (INVALID_INPUT)\n", ran.Error, StringComparison.Ordinal);
        Assert.Empty(script.Calls);
        AssertNowhere(ran, Password, "hoarse");
    }

    [Fact]
    public async Task NewKey_WithAFileForIt_IsWrittenForItsOwnerAndNotShown()
    {
        script.On((CreateApiKeyRequest _) => MadeKey());
        var path = desk.WriteFile("key", "an older key");
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        var ran = await desk.SignedIn().RunAsync("keys", "create", "ci", "--scope", "mcp:read", "--secret-out", path);

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.Equal(NewKey + "\n", await File.ReadAllTextAsync(path));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        AssertNowhere(ran, NewKey);
    }

    // The key was made, shown to nobody, and lost.
    [Theory]
    [InlineData("cli.json/key")]
    [InlineData("folder")]
    public async Task NewKey_WithAFileThatCannotBeWritten_IsNotMade(string path)
    {
        script.On((CreateApiKeyRequest _) => MadeKey());
        Directory.CreateDirectory(desk.InFolder("folder"));

        var ran = await desk.SignedIn().RunAsync("keys", "create", "ci", "--scope", "mcp:read", "--secret-out", desk.InFolder(path));

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task NewKey_ThatIsRefused_LeavesTheFileAsItWas()
    {
        script.Refuse<CreateApiKeyRequest>(() => Refusal.Because(ErrorReason.ScopeUnknown, "There is no such scope."));
        var path = desk.WriteFile("key", "an older key");

        await desk.SignedIn().RunAsync("keys", "create", "ci", "--scope", "mcp:reed", "--secret-out", path);

        Assert.Equal("an older key", await File.ReadAllTextAsync(path));
        Assert.Equal(["cli.json", "cli.session.json", "key"], Directory.EnumerateFiles(desk.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Enrolment_WithAFileForIt_ShowsNeitherSecretNorUri()
    {
        script.On((BeginTotpEnrolmentRequest _) => new BeginTotpEnrolmentResponse { Secret = "MZXW6YTB", OtpauthUri = "otpauth://totp/ann?secret=MZXW6YTB" });

        var ran = await desk.SignedIn().RunAsync("mfa", "enrol", "--secret-out", desk.InFolder("totp"), "--json");

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.Equal("MZXW6YTB\n", await File.ReadAllTextAsync(desk.InFolder("totp")));
        AssertNowhere(ran, "MZXW6YTB");
    }

    private static CreateApiKeyResponse MadeKey() => new()
    {
        Secret = NewKey,
        ApiKey = new ApiKey.V1.ApiKey { ApiKeyId = Desk.UserId, Name = "ci", OwnerId = Desk.UserId, Scopes = { "mcp:read" }, CreatedAt = Answers.Noon },
    };

    private static void AssertNowhere(Ran ran, params string[] secrets) =>
        Assert.All(secrets, secret => Assert.DoesNotContain(secret, ran.Out + ran.Error, StringComparison.Ordinal));
}
