using System.Text;
using Google.Protobuf;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Encrypts and decrypts: to the byte for a pipe, and nothing that steers for a person.</summary>
[Collection(PlatformTests.Name)]
public sealed class DataTests(ScriptedPlatform platform) : IDisposable
{
    private readonly Desk desk = Desk.At(platform).SignedIn();
    private readonly Script script = platform.Script.Current = new Script();

    public void Dispose() => desk.Dispose();

    [Fact]
    public async Task Encrypt_OfStandardInput_TakesEveryByteAndTheContext()
    {
        script.On((EncryptRequest _) => new EncryptResponse { Ciphertext = "mcs1.service-tokens.1.AAAA" });

        var ran = await desk.RunAsync(new TestTerminal(" a\r\n\n"), "encrypt", "service-tokens", "--context", "row 7");

        var request = script.Requests<EncryptRequest>().Single();
        Assert.Equal((" a\r\n\n", "row 7"), (request.Plaintext.ToStringUtf8(), request.Context.ToStringUtf8()));
        Assert.Equal("mcs1.service-tokens.1.AAAA\n", ran.Out);
    }

    [Fact]
    public async Task Encrypt_OfMoreThanAnyServiceTakes_IsRefusedHere()
    {
        var ran = await desk.RunAsync(new TestTerminal(new string('a', (6 * 1024 * 1024) + 1)), "encrypt", "service-tokens");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith("error: More than 6291456 bytes in standard input", ran.Error, StringComparison.Ordinal);
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task Decrypt_IntoAPipe_WritesTheBytesAndNothingElse()
    {
        Plaintext(0x00, 0x1b, 0xff, 0x0a);

        var ran = await desk.RunAsync(Ciphertext(), "decrypt", "service-tokens");

        Assert.Equal([0x00, 0x1b, 0xff, 0x0a], ran.OutBytes);
        Assert.Empty(ran.Out + ran.Error);
        Assert.Equal("mcs1.service-tokens.1.AAAA", script.Requests<DecryptRequest>().Single().Ciphertext);
    }

    [Fact]
    public async Task Decrypt_IntoAFile_WritesItForItsOwner()
    {
        Plaintext("secret"u8.ToArray());

        var ran = await desk.RunAsync(Ciphertext(), "decrypt", "service-tokens", "--out", desk.InFolder("plain"));

        Assert.Equal("secret", await File.ReadAllTextAsync(desk.InFolder("plain")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(desk.InFolder("plain")));
        Assert.DoesNotContain("secret", ran.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain\ttext\r\nin lines\n")]
    [InlineData("größer 東京")]
    public async Task Decrypt_OfTextOnATerminal_ShowsIt(string text)
    {
        Plaintext(Encoding.UTF8.GetBytes(text));

        var ran = await desk.RunAsync(Ciphertext(forPeople: true), "decrypt", "service-tokens");

        Assert.Equal(text + "\n", ran.Out);
    }

    // A carriage return alone and what turns the direction of writing were shown.
    [Theory]
    [InlineData("\u001b[2J")]
    [InlineData("real\rfake")]
    [InlineData("\u202efdp.exe")]
    public async Task Decrypt_OfWhatSteersTheTerminal_IsNotShownThere(string text)
    {
        Plaintext(Encoding.UTF8.GetBytes(text));

        var ran = await desk.RunAsync(Ciphertext(forPeople: true), "decrypt", "service-tokens");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Empty(ran.Out);
        Assert.StartsWith("error: The plaintext is not text and is not shown on a terminal.", ran.Error, StringComparison.Ordinal);
    }

    private static TestTerminal Ciphertext(bool forPeople = false) => new("mcs1.service-tokens.1.AAAA\n") { ReadByPeople = forPeople };

    private void Plaintext(params byte[] bytes) =>
        script.On((DecryptRequest _) => new DecryptResponse { Plaintext = ByteString.CopyFrom(bytes), KeyVersion = 1 });
}
