using System.Runtime.Versioning;

namespace McpSecure.ServiceDefaults.Tests;

/// <summary>Keeps an account in a file, and finds there what does not belong there.</summary>
[SupportedOSPlatform("linux")]
public sealed class KeptDatabaseAccountTests : IDisposable
{
    private const string Sentinel = "password-sentinel";

    private readonly string folder = Directory.CreateTempSubdirectory("kept-account-").FullName;

    private string File => Path.Combine(folder, "account");

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Read_OfWhatWasKept_GivesItBack()
    {
        var account = new KeptDatabaseAccount(File);
        Assert.Null(account.Read());
        Assert.Null(account.Username);

        account.Keep(new DatabaseAccount("shop_b", $"{Sentinel};'=\"", TimeSpan.FromMinutes(1)));

        Assert.Equal(("shop_b", $"{Sentinel};'=\""), new KeptDatabaseAccount(File).Read());
        Assert.Equal("shop_b", account.Username);
    }

    [Theory]
    [InlineData($"Username=shop_a;Password={Sentinel};{Sentinel}")]
    [InlineData($"Username=shop_a;Password={Sentinel};Port={Sentinel}")]
    [InlineData($"Password={Sentinel}")]
    [InlineData("")]
    public void Read_OfSomethingElse_SaysSoAndQuotesNothing(string content)
    {
        Write(content, UnixFileMode.UserRead | UnixFileMode.UserWrite);

        var refused = Assert.Throws<DatabaseAccountFileException>(() => new KeptDatabaseAccount(File).Read());

        Assert.Equal($"The file {File} does not hold an account of the database as this service keeps it: remove it, and the connection string's account is used.", refused.Message);
        Assert.DoesNotContain(Sentinel, refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(UnixFileMode.GroupRead)]
    [InlineData(UnixFileMode.OtherWrite)]
    public void Read_OfAFileThatIsOpenToOthers_IsRefused(UnixFileMode others)
    {
        Write($"Username=shop_a;Password={Sentinel}", UnixFileMode.UserRead | UnixFileMode.UserWrite | others);

        var refused = Assert.Throws<DatabaseAccountFileException>(() => new KeptDatabaseAccount(File).Read());

        Assert.Equal($"The file {File}, which keeps the account of the database, is open to others than its owner; correct it with: chmod 600 {File}", refused.Message);
    }

    [Fact]
    public void Read_OfWhatCannotBeRead_IsNotTakenForAbsent()
    {
        Directory.CreateDirectory(File);

        Assert.Throws<DatabaseAccountFileException>(() => new KeptDatabaseAccount(File).Read());
    }

    [Fact]
    public void WhyNot_OfAFolderThatNothingCanBeWrittenTo_SaysWhich()
    {
        Assert.Null(KeptDatabaseAccount.WhyNot(File));
        Assert.Empty(Directory.GetFiles(folder));
        Assert.Equal($"nothing can be written to {folder}/none (DirectoryNotFoundException).", KeptDatabaseAccount.WhyNot(Path.Combine(folder, "none", "account")));
    }

    private void Write(string content, UnixFileMode mode)
    {
        System.IO.File.WriteAllText(File, content);
        System.IO.File.SetUnixFileMode(File, mode);
    }
}
