using System.Runtime.Versioning;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class FileRootKeyTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("mcpsecure-root-key-").FullName;

    private string Path => System.IO.Path.Combine(folder, "root.key");

    [Theory]
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=")]
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\n")]
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=\r\n")]
    public void Read_Of32Bytes_GivesTheSameKey(string text)
    {
        Write(text);

        using var root = FileRootKey.Read(Path);

        // Stored beside every key that it seals, so it must never change.
        Assert.Equal("file:ff6f57023e016040", root.Id);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ==")]
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB")]
    [InlineData("0101010101010101010101010101010101010101010101010101010101010101")]
    [InlineData("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=AQEBAQEBAQEBAQEBAQEB")]
    [InlineData("-----BEGIN PRIVATE KEY-----")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")]
    public void Read_OfSomethingElse_IsRefusedWithWhatToDo(string text)
    {
        Write(text);

        var refusal = Assert.Throws<RootKeyException>(() => FileRootKey.Read(Path));

        Assert.Equal($"The root key file {Path} does not hold 32 bytes in base64; make one with: openssl rand -base64 32", refusal.Message);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherRead)]
    [InlineData(UnixFileMode.GroupWrite)]
    [InlineData(UnixFileMode.OtherWrite)]
    [InlineData(UnixFileMode.OtherExecute)]
    public void Read_OpenToOthers_IsRefusedWithWhatToDo(UnixFileMode others)
    {
        Write("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=", others);

        var refusal = Assert.Throws<RootKeyException>(() => FileRootKey.Read(Path));

        Assert.Equal($"The root key file {Path} is open to others than its owner; correct it with: chmod 600 {Path}", refusal.Message);
    }

    [Fact]
    public void Read_MissingFileOrFolder_IsRefused()
    {
        Assert.StartsWith($"The root key file {Path} cannot be read: ", Assert.Throws<RootKeyException>(() => FileRootKey.Read(Path)).Message, StringComparison.Ordinal);
        Assert.StartsWith($"The root key file {folder} cannot be read: ", Assert.Throws<RootKeyException>(() => FileRootKey.Read(folder)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UnwrapAsync_UnderAnotherLabelOrRoot_GivesNothing()
    {
        Write("AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=");
        using var root = FileRootKey.Read(Path);
        Write("AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=");
        using var other = FileRootKey.Read(Path);
        using var key = SecretBytes.Random(32);
        var wrapped = await root.WrapAsync(key, [1], CancellationToken.None);

        using var unwrapped = await root.UnwrapAsync(wrapped, [1], CancellationToken.None);
        Assert.Equal(key.Reveal(), unwrapped!.Reveal());
        Assert.Null(await root.UnwrapAsync(wrapped, [2], CancellationToken.None));
        Assert.Null(await other.UnwrapAsync(wrapped, [1], CancellationToken.None));
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    private void Write(string text, UnixFileMode others = UnixFileMode.None)
    {
        File.WriteAllText(Path, text);
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
    }
}
