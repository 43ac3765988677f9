using McpSecure.ApiKey.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Asks for calls whether they may go on, with a key and without one: not to is an answer with exit code 1.</summary>
[Collection(PlatformTests.Name)]
public sealed class KeyLimitTests : IDisposable
{
    private readonly Desk desk;
    private readonly Script script;

    public KeyLimitTests(ScriptedPlatform platform)
    {
        desk = Desk.At(platform);
        script = platform.Script.Current = new Script();
        Keys.Answer(script);
    }

    public void Dispose() => desk.Dispose();

    [Fact]
    public async Task Validate_WithEveryOption_SendsThem()
    {
        var ran = await RunAsync(
            "keys", "validate", "--key-stdin", "--scope", "mcp:read", "--requires", "servers/weather:read", "--address", "192.0.2.1",
            "--endpoint", "search", "--organization", Keys.Id, "--cost", "5");

        Assert.Equal(
            $$"""{ "secret": "{{Keys.Secret}}", "requiredScopes": [ "mcp:read" ], "clientAddress": "192.0.2.1", "requiredPermission": { "resource": "servers/weather", "action": "read" }, "endpoint": "search", "cost": 5, "organizationId": "{{Keys.Id}}" }""",
            script.Requests<ValidateApiKeyRequest>().Single().ToString());
        Assert.Contains("Limit:         key: 9 of 10 left, all again in 1s\n", ran.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ErrorReason.ApiKeyInvalid, "API_KEY_INVALID")]
    [InlineData(ErrorReason.ScopeMissing, "SCOPE_MISSING")]
    [InlineData(ErrorReason.KeyPermissionMissing, "KEY_PERMISSION_MISSING")]
    [InlineData(ErrorReason.AddressNotAllowed, "ADDRESS_NOT_ALLOWED")]
    public async Task Validate_OfAKeyThatIsNotGoodForTheCall_IsAnAnswer(ErrorReason reason, string name)
    {
        script.Refuse<ValidateApiKeyRequest>(() => Refusal.Because(reason, "It is refused."));

        var ran = await RunAsync("keys", "validate", "--key-stdin");

        Assert.Equal((ExitCode.Denied, $"Valid:   no\nReason:  {name}\n", ""), (ran.ExitCode, ran.Out, ran.Error));
    }

    // Whether the key is good was not found out: a script must not take it for bad.
    [Theory]
    [InlineData(ErrorReason.TooManyAttempts)]
    [InlineData(ErrorReason.DependencyUnavailable)]
    public async Task Validate_ThatWasNotDone_IsAnError(ErrorReason reason)
    {
        script.Refuse<ValidateApiKeyRequest>(() => Refusal.Because(reason, "Try later."));

        var ran = await RunAsync("keys", "validate", "--key-stdin");

        Assert.Equal((ExitCode.Unavailable, ""), (ran.ExitCode, ran.Out));
    }

    [Theory]
    [InlineData("keys validate --key-stdin")]
    [InlineData("limits check --endpoint search")]
    public async Task Call_ThatALimitHolds_IsAnAnswerThatSaysWhenToTryAgain(string line)
    {
        script.Refuse<ValidateApiKeyRequest>(Limited);
        script.Refuse<CheckRateLimitRequest>(Limited);

        var table = await RunAsync(line.Split(' '));
        var json = await RunAsync([.. line.Split(' '), "--json"]);

        Assert.Equal((ExitCode.Denied, ""), (table.ExitCode, table.Error));
        Assert.Contains("endpoint/search: 0 of 10 left, all again in 1m\n", table.Out, StringComparison.Ordinal);
        Assert.Matches("Try again: +in 7s\n", table.Out);
        Assert.Equal(
            """{"limit":"endpoint/search","burst":10,"remaining":0,"resetAfterSeconds":60,"retryAfterSeconds":7}""",
            json.Json.GetProperty("rateLimit").GetRawText().ReplaceLineEndings("").Replace(" ", "", StringComparison.Ordinal));

        static Grpc.Core.RpcException Limited() => Refusal.Because(
            ErrorReason.RateLimited, "A limit lets no more through now.",
            ("limit", "endpoint/search"), ("burst", 10), ("remaining", 0), ("reset_after_seconds", 60), ("retry_after_seconds", 7));
    }

    [Fact]
    public async Task LimitsCheck_OfACallThatCostsTooMuchEver_SaysThatToTryAgainIsOfNoUse()
    {
        script.Refuse<CheckRateLimitRequest>(() => Refusal.Because(ErrorReason.RateLimited, "It costs too much.", ("limit", "address"), ("burst", 10)));

        var ran = await RunAsync("limits", "check", "--address", "192.0.2.1", "--cost", "11");

        Assert.Contains("Try again:  never: it costs more than is ever let through at once\n", ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LimitsCheck_WithEveryOption_SendsThemWithoutAUser()
    {
        var ran = await RunAsync("limits", "check", "--endpoint", "search", "--address", "2001:db8::1", "--organization", Keys.Id, "--cost", "2");

        Assert.Equal(
            $$"""{ "endpoint": "search", "clientAddress": "2001:db8::1", "organizationId": "{{Keys.Id}}", "cost": 2 }""",
            script.Requests<CheckRateLimitRequest>().Single().ToString());
        Assert.Equal((ExitCode.Ok, "Allowed:  yes\nLimit:    key: 9 of 10 left, all again in 1s\n"), (ran.ExitCode, ran.Out));
    }

    [Fact]
    public async Task LimitsCheck_WhereNoLimitApplies_ShowsNone()
    {
        script.On((CheckRateLimitRequest _) => new CheckRateLimitResponse());

        var ran = await RunAsync("limits", "check");

        Assert.Equal((ExitCode.Ok, "Allowed:  yes\nLimit:    -\n"), (ran.ExitCode, ran.Out));
    }

    private Task<Ran> RunAsync(params string[] arguments) => desk.RunAsync(new TestTerminal(Keys.Secret + "\n"), arguments);
}
