namespace McpSecure.AppHost.Tests;

public sealed class DevelopmentSecretsTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void Text_IsMadeOnce_AndKept()
    {
        var first = new DevelopmentSecrets(folder.Path).Text("one");

        Assert.Equal(first, new DevelopmentSecrets(folder.Path).Text("one"));
        Assert.NotEqual(first, new DevelopmentSecrets(folder.Path).Text("another"));
        Assert.Matches("^[A-Za-z0-9_-]{43}$", first);
    }

    [Fact]
    public void KeyFile_Holds32Bytes_AndOnlyItsOwnerReadsIt()
    {
        var file = new DevelopmentSecrets(folder.Path).KeyFile("root-key");

        Assert.Equal(32, Convert.FromBase64String(File.ReadAllText(file)).Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
    }
}
