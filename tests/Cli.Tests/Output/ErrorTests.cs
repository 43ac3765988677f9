using Grpc.Core;
using McpSecure.Auth.V1;
using McpSecure.Cli.Output;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Cli.Tests.Output;

/// <summary>Lets a service refuse, and reads what the command says of it.</summary>
[Collection(PlatformTests.Name)]
public sealed class ErrorTests(ScriptedPlatform platform) : IDisposable
{
    private readonly Desk desk = Desk.At(platform).SignedIn();
    private readonly Script script = platform.Script.Current = new Script();

    public static TheoryData<ErrorReason> Reasons => [.. Enum.GetValues<ErrorReason>().Where(reason => reason != ErrorReason.Unspecified)];

    public void Dispose() => desk.Dispose();

    [Theory]
    [MemberData(nameof(Reasons))]
    public async Task Refusal_OfEveryReason_IsToldWithReasonHintAndTrace(ErrorReason reason)
    {
        script.Refuse<ListUsersRequest>(() => Refusal.Because(reason, "It is refused.", ("name", "value")));

        var ran = await desk.RunAsync("users", "list");

        var lines = ran.Error.TrimEnd('\n').Split('\n');
        Assert.Equal($"error: It is refused. ({Refusal.NameOf(reason)})", lines[0]);
        Assert.Equal("  name: value", lines[1]);
        Assert.Equal(Hints.For(reason), lines.SingleOrDefault(line => line.StartsWith("hint: ", StringComparison.Ordinal))?["hint: ".Length..]);
        Assert.Matches("^trace: [0-9a-f]{32}$", lines[^1]);
        Assert.Empty(ran.Out);
        Assert.NotEqual(ExitCode.Ok, ran.ExitCode);
    }

    // Those without: nobody but a service gets the one, and the reasons of the other are the service's.
    [Fact]
    public void Hint_OfEveryReasonThatAPersonCanMeet_IsASentence() =>
        Assert.All(
            Enum.GetValues<ErrorReason>().Except([ErrorReason.Unspecified, ErrorReason.EventConflict]),
            reason => Assert.Matches(@"^[A-Z`].*\.$", Hints.For(reason)));

    // The table of exit codes in the README.
    [Theory]
    [InlineData(ErrorReason.FieldInvalid, 2)]
    [InlineData(ErrorReason.RequestTooLarge, 2)]
    [InlineData(ErrorReason.PasswordTooWeak, 2)]
    [InlineData(ErrorReason.TokenInvalid, 3)]
    [InlineData(ErrorReason.CredentialsInvalid, 3)]
    [InlineData(ErrorReason.StepUpRequired, 3)]
    [InlineData(ErrorReason.PermissionDenied, 4)]
    [InlineData(ErrorReason.CallerNotAllowed, 4)]
    [InlineData(ErrorReason.UserNotFound, 5)]
    [InlineData(ErrorReason.UsernameTaken, 6)]
    [InlineData(ErrorReason.LastAdministrator, 6)]
    [InlineData(ErrorReason.ApiKeyLimitReached, 6)]
    [InlineData(ErrorReason.LeaseLimitReached, 6)]
    [InlineData(ErrorReason.CertificateLimitReached, 6)]
    [InlineData(ErrorReason.RightsLimitReached, 6)]
    [InlineData(ErrorReason.DependencyUnavailable, 7)]
    [InlineData(ErrorReason.DeadlineExceeded, 7)]
    [InlineData(ErrorReason.TooManyAttempts, 7)]
    [InlineData(ErrorReason.Busy, 7)]
    [InlineData(ErrorReason.Internal, 8)]
    public async Task Refusal_EndsWithTheExitCodeOfTheReadme(ErrorReason reason, int code)
    {
        script.Refuse<ListUsersRequest>(() => Refusal.Because(reason, "It is refused."));

        Assert.Equal(code, (int)(await desk.RunAsync("users", "list")).ExitCode);
    }

    // 130 is the user's: it said that he ended what a server had ended.
    [Fact]
    public void Call_CancelledByTheServer_IsNotTakenForTheUsers() =>
        Assert.Equal(ExitCode.Unavailable, ExitCodes.For(StatusCode.Cancelled, ErrorReason.Unspecified));

    [Fact]
    public async Task Refusal_AsJson_IsTheDocumentOfTheReadme()
    {
        script.Refuse<ListUsersRequest>(() => Refusal.Because(ErrorReason.KeyringNotFound, "No keyring has this name.", ("keyring", "service-tokens")));

        var ran = await desk.RunAsync("users", "list", "--json");

        var error = ran.JsonError;
        Assert.Equal(
            ["reason", "status", "message", "fields", "details", "hint", "traceId", "exitCode"],
            error.EnumerateObject().Select(member => member.Name));
        Assert.Equal("KEYRING_NOT_FOUND", error.GetProperty("reason").GetString());
        Assert.Equal("NOT_FOUND", error.GetProperty("status").GetString());
        Assert.Equal("""{ "keyring": "service-tokens" }""", error.GetProperty("details").GetRawText().ReplaceLineEndings(" ").Replace("  ", "", StringComparison.Ordinal));
        Assert.Equal(5, error.GetProperty("exitCode").GetInt32());
        Assert.Empty(ran.Out);
    }

    [Fact]
    public async Task InvalidFields_AreNamedEach()
    {
        script.On((CreateUserRequest _) => new CreateUserResponse());

        var ran = await desk.RunAsync(new TestTerminal("correct horse\n"), "users", "create", "NOT A NAME", "--email", "none", "--password-stdin", "--json");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Equal(["username", "email"], ran.JsonError.GetProperty("fields").EnumerateArray().Select(field => field.GetProperty("field").GetString()));
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task Refusal_WithTextThatSteersTheTerminal_IsWrittenHarmless()
    {
        script.Refuse<ListUsersRequest>(() => Refusal.Because(
            ErrorReason.UserNotFound, "No user \u001b]0;owned\u0007\nhint: run this", ("user\u001b[2J", "x\u009b31m\ntrace: 0")));

        var ran = await desk.RunAsync("users", "list");

        Assert.DoesNotContain(ran.Error, character => char.IsControl(character) && character != '\n');
        Assert.Single(ran.Error.Split('\n'), line => line.StartsWith("hint:", StringComparison.Ordinal));
        Assert.Single(ran.Error.Split('\n'), line => line.StartsWith("trace:", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trace_OfACommand_IsTheOneItsCallsCarry()
    {
        script.On((ListUsersRequest _) => new ListUsersResponse());

        var ran = await desk.RunAsync("users", "list", "--trace");

        var told = ran.Error.Trim()["trace: ".Length..];
        Assert.Equal(told, script.Calls.Single().Headers.GetValue("traceparent")?.Split('-')[1]);
    }
}
