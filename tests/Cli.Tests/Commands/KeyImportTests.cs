using System.Text;
using McpSecure.ApiKey.V1;
using McpSecure.Auth.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Takes over keys of a platform of before: every line as it is or none of them, and no salt or hash shown.</summary>
[Collection(PlatformTests.Name)]
public sealed class KeyImportTests : IDisposable
{
    private const string Hash = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    private readonly Desk desk;
    private readonly Script script;
    private readonly string salt;

    public KeyImportTests(ScriptedPlatform platform)
    {
        desk = Desk.At(platform).SignedIn();
        script = platform.Script.Current = new Script();
        Keys.Answer(script);
        script.On((GetUserRequest _) => new GetUserResponse { User = Answers.User() });
        salt = desk.WriteFile("salt", "pepper\n");
    }

    public void Dispose() => desk.Dispose();

    [Fact]
    public async Task Import_OfALineWithEverything_SendsIt()
    {
        var ran = await RunAsync(
            $$"""{"hash":"{{Hash}}","salt":1,"owner":"ann","organization":"{{Keys.Id}}","name":"ci","scopes":["mcp:read"],"permissions":["servers/a:b:read"],"networks":["192.0.2.0/24"],"rate":"100/1m","burst":10,"metadata":{"team":"pay"},"expiresAt":"2027-01-31"}""" + "\n",
            "--salt-file", salt, "--salt-file", desk.WriteFile("older", "salt"));

        Assert.Equal(
            $$"""{ "salts": [ "cGVwcGVy", "c2FsdA==" ], "apiKeys": [ { "hash": "{{Hash}}", "saltIndex": 1, "ownerId": "{{Desk.UserId}}", "organizationId": "{{Keys.Id}}", "name": "ci", "permissions": [ { "resourcePattern": "servers/a:b", "actionPattern": "read" } ], "allowedNetworks": [ "192.0.2.0/24" ], "rateLimit": { "requests": 100, "period": "60s", "burst": 10 }, "metadata": { "team": "pay" }, "scopes": [ "mcp:read" ], "expiresAt": "2027-01-31T00:00:00Z" } ] }""",
            script.Requests<ImportApiKeysRequest>().Single().ToString());
        Assert.DoesNotContain(Hash, ran.Out + ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Import_OfSeveralLines_AnswersALineEachAndAsksForAnOwnerOnce()
    {
        var ran = await RunAsync(Line("a") + Line("b"), "--salt-file", salt);
        var json = await RunAsync(Line("a"), "--salt-file", salt, "--json");

        Assert.Equal($"{Keys.Id}  imported   a\n{Keys.Id}  was there  b\n", ran.Out);
        Assert.Equal($$"""{"name":"a","apiKeyId":"{{Keys.Id}}","existed":false}""" + "\n", json.Out);
        Assert.Equal(2, script.Requests<GetUserRequest>().Count());
    }

    // A key whose line is not understood would be wider or live longer than was asked for.
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""{"hash":"x","owner":"ann","name":"ci"}""")]
    [InlineData("""{"hash":"x","owner":null,"name":"ci","scopes":[]}""")]
    [InlineData("""{"hash":"x","owner":"ann","name":"ci","scopes":[null]}""")]
    [InlineData("""{"hash":"x","owner":"ann","name":"ci","scopes":[],"permission":["a:b"]}""")]
    [InlineData("""{"hash":"x","owner":"ann","name":"ci","scopes":[],"permissions":["servers"]}""")]
    [InlineData("""{"hash":"x","owner":"ann","name":"ci","scopes":[],"networks":[null]}""")]
    [InlineData("""{"hash":"x","owner":"ann","name":"ci","scopes":[],"rate":"100"}""")]
    [InlineData("""{"hash":"x","owner":"ann","name":"ci","scopes":[],"burst":10}""")]
    [InlineData("""{"hash":"x","owner":"ann","name":"ci","scopes":[],"expiresAt":"soon"}""")]
    [InlineData("""{"hash":"x","owner":"ann","name":"ci","scopes":[],"metadata":{"a":null}}""")]
    [InlineData("""{"hash":"x","owner":"ann","name":"ci","scopes":[],"expiresAt":"2027-01-31","expiresAt":"2037-01-31"}""")]
    public async Task Import_OfALineThatIsNotUnderstood_SendsNothing(string line)
    {
        var ran = await RunAsync(Line("a") + line + "\n", "--salt-file", salt);

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith("error: Line 2 is no item of a batch. (INVALID_INPUT)\n", ran.Error, StringComparison.Ordinal);
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task Import_OfMoreThanOneRequestTakes_CountsFieldsAtFaultOverAllLines()
    {
        script.On((ImportApiKeysRequest request) => request.ApiKeys.Count == 1000
            ? new ImportApiKeysResponse { Results = { request.ApiKeys.Select(_ => new ImportedApiKeyResult { ApiKeyId = Keys.Id }) } }
            : throw Refusal.InvalidField("api_keys[0].expires_at", "It lies in the past."));
        var lines = new StringBuilder().Insert(0, Line("a"), 1001);

        var ran = await RunAsync($"{lines}", "--salt-file", salt, "--json");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Equal(1000, ran.Out.Count(character => character == '\n'));
        Assert.Equal("api_keys[1000].expires_at", ran.JsonError.GetProperty("fields")[0].GetProperty("field").GetString());
    }

    [Theory]
    [InlineData("a\r\n", "YQ==")]
    [InlineData("a\n\n", "YQo=")]
    [InlineData("a", "YQ==")]
    [InlineData(" a ", "IGEg")]
    public async Task Salt_ThatIsText_IsTakenWithoutItsLineEnd(string text, string expected)
    {
        await RunAsync(Line("a"), "--salt-file", desk.WriteFile("salt", text));

        Assert.Equal(expected, script.Requests<ImportApiKeysRequest>().Single().Salts.Single().ToBase64());
    }

    [Fact]
    public async Task Salt_ThatIsBytes_IsTakenAsItIs()
    {
        await File.WriteAllBytesAsync(salt, [0xff, 0x0d, 0x0a]);

        await RunAsync(Line("a"), "--salt-file", salt);

        Assert.Equal([0xff, 0x0d, 0x0a], script.Requests<ImportApiKeysRequest>().Single().Salts.Single().ToByteArray());
    }

    private static string Line(string name) => $$"""{"hash":"{{Hash}}","owner":"ann","name":"{{name}}","scopes":["mcp:read"]}""" + "\n";

    private Task<Ran> RunAsync(string lines, params string[] arguments) => desk.RunAsync(new TestTerminal(lines), ["keys", "import", .. arguments]);
}
