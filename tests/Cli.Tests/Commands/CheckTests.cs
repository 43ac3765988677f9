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
        var lines = Enumerable.Range(0, 2_100).Select(i => $$"""{"id":{{i}},"resource":"servers/{{i}}","action":"{{(i % 7 == 0 ? "delete" : "read")}}"}""").ToList();

        var ran = await desk.RunAsync(new TestTerminal(string.Join('\n', lines)), "check", "--batch");

        Assert.Equal(ExitCode.Denied, ran.ExitCode);
        Assert.Equal(
            lines.Select((line, i) => line[..^1] + (i % 7 == 0 ? ""","allowed":false,"reason":"noRule"}""" : ""","allowed":true,"reason":"role"}""")),
            ran.Out.TrimEnd('\n').Split('\n'));
        Assert.Equal([1000, 1000, 100], script.Requests<CheckPermissionsRequest>().Select(request => request.Questions.Count));
    }

    // A thousand questions with all that may narrow each are 50 MiB; a request may be 1 MiB.
    [Fact]
    public async Task Batch_OfLargeQuestions_SendsAsManyAsARequestMayHold()
    {
        var patterns = string.Join(',', Enumerable.Range(0, 100).Select(i => $"\"{new string('a', 250)}{i}:{new string('b', 250)}\""));
        var line = $$"""{"resource":"servers","action":"read","narrowedTo":[{{patterns}}]}""";

        var ran = await desk.RunAsync(new TestTerminal(string.Concat(Enumerable.Repeat(line + "\n", 30))), "check", "--batch");

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.All(script.Requests<CheckPermissionsRequest>(), request => Assert.InRange(request.CalculateSize(), 1, 1024 * 1024));
        Assert.Equal(30, script.Requests<CheckPermissionsRequest>().Sum(request => request.Questions.Count));
    }

    [Fact]
    public async Task Batch_WithAQuestionThatIsRefused_CountsItOverAllLines()
    {
        var lines = string.Concat(Enumerable.Range(0, 1_002).Select(i => $$"""{"resource":"{{(i == 1_001 ? "a//b" : "servers")}}","action":"read"}""" + "\n"));

        var ran = await desk.RunAsync(new TestTerminal(lines), "check", "--batch", "--json");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Equal("questions[1001].resource", ran.JsonError.GetProperty("fields")[0].GetProperty("field").GetString());
        Assert.Equal(1_000, ran.Out.TrimEnd('\n').Split('\n').Length);
    }

    // Else an answer would stand beside a question that it does not answer.
    [Fact]
    public async Task Batch_WithAnAnswerTooFew_AnswersNothing()
    {
        script.On((CheckPermissionsRequest _) => new CheckPermissionsResponse { Answers = { new PermissionAnswer { Allowed = true } } });

        var ran = await desk.RunAsync(new TestTerminal(string.Concat(Enumerable.Repeat("{\"resource\":\"servers\",\"action\":\"read\"}\n", 2))), "check", "--batch");

        Assert.Equal(ExitCode.Internal, ran.ExitCode);
        Assert.Empty(ran.Out);
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
        Assert.Equal(
            [
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
            ],
            script.Requests<CheckPermissionsRequest>().Single().Questions);
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

    [Fact]
    public async Task Permissions_ForPeople_TellsWhereEachRuleComesFrom()
    {
        var ran = await desk.RunAsync("permissions", "api-key:" + Rights.KeyId, "--organization", "acme", "--at-least-revision", "9");

        Assert.Equal(
            """
            EFFECT  RULE               FROM                                        ORGANIZATION  BELOW            ENDS
            allow   servers:read       role viewer                                 everywhere    servers/weather  2026-01-31 12:00:00Z
            deny    servers/*:*        grant 01890a5d-ac96-774b-bcce-b302099a8059  everywhere    -                -
            allow   servers/weather:*  owner of servers/weather                    platform      -                -

            """,
            ran.Out);
        Assert.Equal(
            new ListPermissionsRequest
            {
                Principal = new Principal { Type = PrincipalType.ApiKey, Id = Rights.KeyId },
                OrganizationId = Rights.OrganizationId,
                PageSize = 1000,
                AtLeastRevision = "9",
            },
            script.Requests<ListPermissionsRequest>().Single());
    }

    [Fact]
    public async Task WhoCan_AsksForAllPagesAndWritesPrincipalsAsTheyAreTyped()
    {
        script.On((ListAllowedPrincipalsRequest request) => request.PageToken.Length == 0
            ? new ListAllowedPrincipalsResponse { NextPageToken = "next" } // a page may have none, and another behind it
            : new ListAllowedPrincipalsResponse { Principals = { Rights.Ann, new Principal { Type = PrincipalType.Service, Id = "weather" } } });

        var ran = await desk.RunAsync("who-can", "servers/weather:delete", "--organization", "acme", "--second-factor");

        Assert.Equal($"WHO\n{Desk.UserId}\nservice:weather\n", ran.Out);
        Assert.Equal(
            new ListAllowedPrincipalsRequest
            {
                Resource = "servers/weather",
                Action = "delete",
                OrganizationId = Rights.OrganizationId,
                SecondFactor = true,
                PageSize = 1000,
                PageToken = "next",
            },
            script.Requests<ListAllowedPrincipalsRequest>().Last());
    }

    [Fact]
    public async Task ResourcesAllowed_WithEverything_AsksForIt()
    {
        var ran = await desk.RunAsync(
            "resources", "allowed", "read", "ann", "--prefix", "servers/", "--organization", "acme", "--second-factor", "--scope", "mcp:read", "--narrowed-to", "servers/*:read");

        Assert.Equal("RESOURCE\nservers/weather\n", ran.Out);
        Assert.Equal(
            new ListAllowedResourcesRequest
            {
                Principal = Rights.Ann,
                Action = "read",
                ResourcePrefix = "servers/",
                OrganizationId = Rights.OrganizationId,
                SecondFactor = true,
                Scopes = { "mcp:read" },
                NarrowedTo = { new PermissionPattern { ResourcePattern = "servers/*", ActionPattern = "read" } },
                PageSize = 1000,
            },
            script.Requests<ListAllowedResourcesRequest>().Single());
    }
}
