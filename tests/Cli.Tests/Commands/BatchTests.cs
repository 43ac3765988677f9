using System.Text;
using Google.Protobuf;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Takes JSON Lines through the batch rpcs: any number of them, in one form, each refused for itself.</summary>
[Collection(PlatformTests.Name)]
public sealed class BatchTests : IDisposable
{
    private readonly Desk desk;
    private readonly Script script;

    public BatchTests(ScriptedPlatform platform)
    {
        desk = Desk.At(platform).SignedIn();
        script = platform.Script.Current = new Script();
        script.On((EncryptBatchRequest request) => new EncryptBatchResponse
        {
            Items = { request.Items.Select(item => new EncryptedItem { Id = item.Id, Ciphertext = $"mcs1.{item.Plaintext.ToBase64()}" }) },
        });
        script.On((RewrapBatchRequest request) => new RewrapBatchResponse
        {
            Items = { request.Items.Select(item => new RewrappedItem { Id = item.Id, Ciphertext = item.Ciphertext }) },
        });
        script.On((DecryptBatchRequest request) => new DecryptBatchResponse
        {
            Items =
            {
                request.Items.Select(item => item.Ciphertext.StartsWith("mcs1.", StringComparison.Ordinal)
                    ? new DecryptedItem { Id = item.Id, Plaintext = ByteString.FromBase64(item.Ciphertext[5..]) }
                    : new DecryptedItem { Id = item.Id, Refused = ErrorReason.CiphertextInvalid }),
            },
        });
    }

    public void Dispose() => desk.Dispose();

    [Fact]
    public async Task Batch_ThroughEncryptRewrapAndDecrypt_ComesBackAsItWas()
    {
        const string Lines = """
            {"id":1,"value":"größer","context":"row 1"}
            {"id":"b","base64":"AP8="}
            {"value":""}

            """;

        var encrypted = await RunAsync(Lines, "encrypt", "k", "--batch", "--context", "table");
        var rewrapped = await RunAsync(encrypted.Out, "rewrap", "k", "--batch", "--context", "table");
        var decrypted = await RunAsync(rewrapped.Out, "decrypt", "k", "--batch", "--context", "table");

        Assert.Equal(Lines, decrypted.Out);
        Assert.Equal(ExitCode.Ok, decrypted.ExitCode);
        Assert.Equal(
            [("1", "row 1"), ("b", "table"), ("", "table")],
            script.Requests<RewrapBatchRequest>().Single().Items.Select(item => (item.Id, item.Context.ToStringUtf8())));
    }

    [Fact]
    public async Task Decrypt_OfALineThatIsRefused_AnswersTheOthersAndExitCodeOne()
    {
        var ran = await RunAsync("""
            {"id":1,"value":"forged"}
            {"id":2,"value":"mcs1.YQ=="}
            """, "decrypt", "k", "--batch");

        Assert.Equal("{\"id\":1,\"refused\":\"CIPHERTEXT_INVALID\"}\n{\"id\":2,\"value\":\"a\"}\n", ran.Out);
        Assert.Equal(ExitCode.Denied, ran.ExitCode);
        Assert.Empty(ran.Error);
    }

    [Fact]
    public async Task Decrypt_OfTextThatSteersTheTerminal_WritesItAsAnEscape()
    {
        var ran = await RunAsync($"{{\"value\":\"mcs1.{Convert.ToBase64String("\u202e\u001b[2J"u8)}\"}}", "decrypt", "k", "--batch");

        Assert.Equal("{\"value\":\"\\u202e\\u001b[2J\"}\n", ran.Out, ignoreCase: true);
    }

    [Fact]
    public async Task Encrypt_OfMoreThanOneRequestTakes_SendsSeveral()
    {
        var many = new StringBuilder();
        for (var i = 0; i < 2001; i++)
        {
            many.Append($"{{\"id\":{i},\"value\":\"a\"}}\r\n");
        }

        var ran = await RunAsync(many.ToString(), "encrypt", "k", "--batch");

        Assert.Equal([1000, 1000, 1], script.Requests<EncryptBatchRequest>().Select(request => request.Items.Count));
        Assert.Equal(2001, ran.Out.Count(character => character == '\n'));
    }

    [Fact]
    public async Task Encrypt_OfLongLines_SendsNoMoreAtOnceThanTheServiceTakes()
    {
        var line = $"{{\"value\":\"{new string('a', 700_000)}\"}}\n";

        await RunAsync(string.Concat(Enumerable.Repeat(line, 5)), "encrypt", "k", "--batch");

        Assert.Equal([2, 2, 1], script.Requests<EncryptBatchRequest>().Select(request => request.Items.Count));
    }

    [Theory]
    [InlineData("plain text")]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("""["a"]""")]
    [InlineData("""{"id":1}""")]
    [InlineData("""{"value":"a","base64":"YQ=="}""")]
    [InlineData("""{"value":"a","value":"b"}""")]
    [InlineData("""{"value":"a","contxt":"b"}""")]
    [InlineData("""{"Value":"a"}""")]
    [InlineData("""{"value":7}""")]
    [InlineData("""{"value":"a","id":{}}""")]
    [InlineData("""{"value":"\ud800"}""")]
    [InlineData("""{"value":"a"} {"value":"b"}""")]
    [InlineData("""{"id":1,"refused":"CIPHERTEXT_INVALID"}""")]
    public async Task Batch_WithALineThatIsNoItem_NamesItAndSendsNothing(string line)
    {
        var ran = await RunAsync($"{{\"value\":\"a\"}}\n{line}\n", "encrypt", "k", "--batch");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith("error: Line 2 is no item of a batch. (INVALID_INPUT)\n", ran.Error, StringComparison.Ordinal);
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task Batch_WithBase64ThatIsNone_NamesTheItem()
    {
        var ran = await RunAsync("""{"id":"seven","base64":"?"}""", "encrypt", "k", "--batch");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith("error: The item seven is not base64. (INVALID_INPUT)\n", ran.Error, StringComparison.Ordinal);
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task Rewrap_OfBytes_SaysThatACiphertextIsText()
    {
        var ran = await RunAsync("""{"id":7,"base64":"YQ=="}""", "rewrap", "k", "--batch");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith("error: The item 7 holds no ciphertext: that is a \"value\".", ran.Error, StringComparison.Ordinal);
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task Batch_ThatIsRefusedAsAWhole_IsAnError()
    {
        script.Refuse<EncryptBatchRequest>(() => Refusal.Because(ErrorReason.KeyringNotFound, "No keyring has this name."));

        var ran = await RunAsync("""{"value":"a"}""", "encrypt", "k", "--batch");

        Assert.Equal(ExitCode.NotFound, ran.ExitCode);
        Assert.Empty(ran.Out);
    }

    // The first request has items 0 to 999; the contract allows an id of 64 characters.
    [Fact]
    public async Task Batch_WithAnItemThatIsRefusedInALaterRequest_NamesItsPlaceInTheWholeBatch()
    {
        var lines = string.Concat(Enumerable.Range(0, 1003).Select(i => $"{{\"id\":\"{(i == 1002 ? new string('x', 65) : i)}\",\"value\":\"a\"}}\n"));

        var ran = await RunAsync(lines, "encrypt", "k", "--batch", "--json");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Equal("items[1002].id", ran.JsonError.GetProperty("fields")[0].GetProperty("field").GetString());
        Assert.StartsWith("items[1002].id: ", ran.JsonError.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal(1000, ran.Out.Count(character => character == '\n'));
    }

    [Fact]
    public async Task Batch_WithTwoItemsThatAreRefusedForEachOther_NamesBothPlaces()
    {
        script.On((RewrapBatchRequest request) => request.Items.Count == 1000
            ? new RewrapBatchResponse { Items = { request.Items.Select(item => new RewrappedItem { Id = item.Id, Ciphertext = item.Ciphertext }) } }
            : throw Refusal.InvalidField("items[3].ciphertext", "is that of items[2] too."));

        var ran = await RunAsync(string.Concat(Enumerable.Repeat("{\"value\":\"mcs1.\"}\n", 2004)), "rewrap", "k", "--batch");

        Assert.Contains("\n  items[2003].ciphertext: is that of items[2002] too.\n", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Batch_OfNothing_AnswersNothing()
    {
        var ran = await RunAsync("", "encrypt", "k", "--batch");

        Assert.Equal(ExitCode.Ok, ran.ExitCode);
        Assert.Empty(ran.Out + ran.Error);
        Assert.Empty(script.Calls);
    }

    private Task<Ran> RunAsync(string input, params string[] arguments) => desk.RunAsync(new TestTerminal(input), arguments);
}
