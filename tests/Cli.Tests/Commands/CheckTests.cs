using McpSecure.ApiKey.V1;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Asks about rights: with all that narrows a question, about keys, in batches, and why.</summary>
[Collection(PlatformTests.Name)]
public sealed class CheckTests : IDisposable
{
    private readonly Desk desk;
    private readonly Script script;

    public CheckTests(ScriptedPlatform platform)
    {
        desk = Desk.At(platform).SignedIn();
        script = platform.Script.Current = new Script();
        script.On((GetUserRequest _) => new GetUserResponse { User = Answers.User() });
        Rights.Answer(script);
    }

    public void Dispose() => desk.Dispose();

    [Fact]
    public async Task Check_WithEverything_AsksForIt()
    {
        await desk.RunAsync(
            "check", "servers/a:b:read", "--user", "service:weather", "--organization", "acme", "--second-factor", "--scope", "mcp:read",
            "--narrowed-to", "servers/*:read", "--at-least-revision", "9");

        Assert.Equal(
            new CheckPermissionRequest
            {
                Question = new PermissionQuestion
                {
                    Principal = new Principal { Type = PrincipalType.Service, Id = "weather" },
                    Resource = "servers/a:b",
                    Action = "read",
                    OrganizationId = Rights.OrganizationId,
                    SecondFactor = true,
                    Scopes = { "mcp:read" },
                    NarrowedTo = { new PermissionPattern { ResourcePattern = "servers/*", ActionPattern = "read" } },
                },
                AtLeastRevision = "9",
            },
            script.Requests<CheckPermissionRequest>().Single());
    }

    // A key with permissions may do less than its owner: an answer without them said that it may do all of his.
    [Fact]
    public async Task Check_OfAKey_AsksAsItsOwnerWithAllThatNarrowsTheKey()
    {
        script.On((ValidateApiKeyRequest _) => new ValidateApiKeyResponse
        {
            OwnerId = Desk.UserId,
            Scopes = { "mcp:read" },
            OrganizationId = Rights.OrganizationId,
            Permissions = { new ApiKeyPermission { ResourcePattern = "servers/*", ActionPattern = "read" } },
        });

        await desk.RunAsync(new TestTerminal("mcp_sk_1\n"), "check", "servers:read", "--key-stdin", "--organization", "acme");

        Assert.Equal(Rights.OrganizationId, script.Requests<ValidateApiKeyRequest>().Single().OrganizationId);
        Assert.Equal(
            new PermissionQuestion
            {
                Principal = Rights.Ann,
                Resource = "servers",
                Action = "read",
                OrganizationId = Rights.OrganizationId,
                Scopes = { "mcp:read" },
                NarrowedTo = { new PermissionPattern { ResourcePattern = "servers/*", ActionPattern = "read" } },
            },
            script.Requests<CheckPermissionRequest>().Single().Question);
    }

    [Fact]
    public async Task Explain_ForPeople_ShowsWhereEachRuleComesFromAndWhichDecided()
    {
        var ran = await desk.RunAsync("check", "servers:read", "--explain");

        Assert.Equal(
            """
            allowed: servers:read
            Why:            A role allows it.
            Who:            01890a5d-ac96-774b-bcce-b302099a8057
            Where:          platform
            Roles:          viewer
            Second factor:  no
            Scopes:         -
            Covering:       -
            Narrowed to:    -
            EFFECT  RULE           FROM                                        ORGANIZATION                          BELOW  ENDS  DECIDED
            allow   servers:*+mfa  grant 01890a5d-ac96-774b-bcce-b302099a8059  everywhere                            -      -     -
            allow   servers:read   role operator > viewer                      01890a5d-ac96-774b-bcce-b302099a8058  -      -     this one

            """,
            ran.Out);
    }

    [Fact]
    public async Task Check_DeniedForASecondFactor_SaysWhatWouldAllowIt()
    {
        script.On((CheckPermissionRequest _) => new CheckPermissionResponse { Reason = DecisionReason.SecondFactor });

        var ran = await desk.RunAsync("check", "servers:delete");

        Assert.Equal((ExitCode.Denied, "denied: servers:delete\n"), (ran.ExitCode, ran.Out));
        Assert.Equal("It is allowed with a recent second factor: --second-factor asks so.\n", ran.Error);
    }

    [Fact]
    public async Task Batch_OfManyLines_AnswersEachInItsPlace()
    {
        var lines = Enumerable.Range(0, 100).Select(i => $$"""{"id":{{i}},"resource":"servers/{{i}}","action":"{{(i % 7 == 0 ? "delete" : "read")}}"}""").ToList();

        var ran = await desk.RunAsync(new TestTerminal(string.Join('\n', lines)), "check", "--batch");

        Assert.Equal(ExitCode.Denied, ran.ExitCode);
        Assert.Equal(
            lines.Select((line, i) => line[..^1] + (i % 7 == 0 ? ""","allowed":false,"reason":"noRule"}""" : ""","allowed":true,"reason":"role"}""")),
            ran.Out.TrimEnd('\n').Split('\n'));
    }

    [Fact]
    public async Task Batch_OfLinesThatSayMore_AsksEachAsItSaysAndLooksNamesUpOnce()
    {
        const string Lines = """
            {"resource":"servers","action":"read"}
            {"principal":"ann","organization":"acme","secondFactor":false,"scopes":["mcp:write"],"narrowedTo":["a/*:b"],"resource":"servers","action":"read"}
            {"principal":"ann","organization":"acme","resource":"servers","action":"read"}
            """;

        var ran = await desk.RunAsync(new TestTerminal(Lines), "check", "--batch", "--user", "service:weather", "--second-factor", "--scope", "mcp:read");

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.Single(script.Requests<ListOrganizationsRequest>());
        Assert.Single(script.Requests<GetUserRequest>());
        var weather = new Principal { Type = PrincipalType.Service, Id = "weather" };
        Assert.Equivalent(
            new[]
            {
                new PermissionQuestion { Principal = weather, Resource = "servers", Action = "read", SecondFactor = true, Scopes = { "mcp:read" } },
                new PermissionQuestion
                {
                    Principal = Rights.Ann,
                    Resource = "servers",
                    Action = "read",
                    OrganizationId = Rights.OrganizationId,
                    Scopes = { "mcp:write" },
                    NarrowedTo = { new PermissionPattern { ResourcePattern = "a/*", ActionPattern = "b" } },
                },
                new PermissionQuestion
                {
                    Principal = Rights.Ann, Resource = "servers", Action = "read", OrganizationId = Rights.OrganizationId, SecondFactor = true, Scopes = { "mcp:read" },
                },
            }.Select(question => question.ToString()).Order(StringComparer.Ordinal),
            script.Requests<CheckPermissionRequest>().Select(request => request.Question.ToString()).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Batch_OfAnswers_IsAskedAnew()
    {
        const string Answered = """{"resource":"servers","action":"read","allowed":false,"reason":"noRule"}""";

        var ran = await desk.RunAsync(new TestTerminal(Answered), "check", "--batch");

        Assert.Equal("""{"resource":"servers","action":"read","allowed":true,"reason":"role"}""" + "\n", ran.Out);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("""{"resource":"servers"}""")]
    [InlineData("""{"resource":"servers","action":"read","user":"ann"}""")]
    [InlineData("""{"resource":"servers","action":"read","principal":"key:1"}""")]
    [InlineData("""{"resource":"servers","action":"read","narrowedTo":["servers"]}""")]
    [InlineData("""{"resource":"servers","action":"read","scopes":[null]}""")]
    [InlineData("""{"resource":"servers","action":"read","id":[1]}""")]
    [InlineData("""{"resource":"servers\ud800","action":"read"}""")]
    public async Task Batch_WithALineThatIsNoQuestion_NamesItAndAsksNothing(string line)
    {
        var ran = await desk.RunAsync(new TestTerminal($$"""{"resource":"servers","action":"read"}""" + $"\n{line}\n"), "check", "--batch");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith("error: Line 2 is no question. (INVALID_INPUT)", ran.Error, StringComparison.Ordinal);
        Assert.Empty(script.Calls);
    }
}
