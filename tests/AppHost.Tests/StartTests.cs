using System.Net;
using System.Net.Sockets;

namespace McpSecure.AppHost.Tests;

/// <summary>Starts the AppHost where something is in its way: one sentence a problem, that says what to do, and no stack trace.</summary>
public sealed class StartTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public async Task Start_WithATakenPort_NamesPortUserAndSetting()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;

        var said = await RefusalAsync(("McpSecure__Ports__crypto", $"{port}"));

        Assert.Equal($"Port {port}, which crypto listens on, is taken: end the program that holds it, or choose another with McpSecure__Ports__crypto.", said);
    }

    [Fact]
    public async Task Start_WithoutRedis_SaysHowToInstallIt()
    {
        // Only what the AppHost itself needs.
        Directory.CreateDirectory(folder["bin"]);
        foreach (var program in (string[])["dotnet", "setpriv", "chown", "sh"])
            File.CreateSymbolicLink(folder[$"bin/{program}"], Command.OnPath(program)!);

        var said = await RefusalAsync(("PATH", folder["bin"]));

        Assert.StartsWith("Redis is not installed and no container engine answers: install it (Debian, Ubuntu: apt-get install", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OnAHalfMadeDatabase_SaysHowToStartAnew()
    {
        Directory.CreateDirectory(folder["data/postgres/data"]);

        var said = await RefusalAsync();

        Assert.Equal($"{folder["data/postgres"]} holds no whole database: restore it from a copy, or set McpSecure__Data=fresh to start anew without its data.", said);
    }

    [Fact]
    public async Task Start_OnADatabaseWithoutItsPassword_SaysHowToStartAnew()
    {
        Directory.CreateDirectory(folder["data/postgres/data/global"]);
        await File.WriteAllTextAsync(folder["data/postgres/data/global/pg_control"], "");
        await File.WriteAllTextAsync(folder["data/postgres/data/PG_VERSION"], "15\n");

        var said = await RefusalAsync();

        Assert.Equal($"{folder["data/postgres"]} holds a database whose password is gone from the data folder: set McpSecure__Data=fresh to start anew without its data.", said);
    }

    [Fact]
    public async Task Start_OnDataWhoseRootKeyIsGone_MakesNoNewOne()
    {
        Directory.CreateDirectory(folder["data/secrets"]);
        await File.WriteAllTextAsync(folder["data/secrets/postgres-password"], "kept");

        var said = await RefusalAsync();

        Assert.Equal(
            $"{folder["data/secrets/root-key"]} is gone, and nothing that was encrypted opens without it: restore it from a copy, or set McpSecure__Data=fresh to start anew without its data.",
            said);
        Assert.False(File.Exists(folder["data/secrets/root-key"]));
    }

    [Fact]
    public async Task Start_WhereNothingCanBeWritten_NamesTheFolder()
    {
        var said = await RefusalAsync(("McpSecure__DataFolder", "/proc/mcpsecure"));

        Assert.Contains("/proc/mcpsecure", said, StringComparison.Ordinal);
        Assert.EndsWith("make room or give rights there, or set McpSecure__DataFolder to another folder.", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_OnAFullDisk_SaysSo()
    {
        // Whatever is written there fails with ENOSPC, as on a disk without room.
        Directory.CreateDirectory(folder["data/certificates"]);
        File.CreateSymbolicLink(folder["data/certificates/ca.crt.new"], "/dev/full");

        var said = await RefusalAsync();

        Assert.StartsWith("No space left on device", said, StringComparison.Ordinal);
        Assert.EndsWith("make room or give rights there, or set McpSecure__DataFolder to another folder.", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_BesideAnotherAppHost_OnTheSameFolder_IsRefused()
    {
        Directory.CreateDirectory(folder["data"]);
        using var other = new FileStream(folder["data/lock"], FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        var said = await RefusalAsync();

        Assert.Equal($"Another AppHost works on {folder["data"]}: stop it, or set McpSecure__DataFolder to another folder.", said);
    }

    [Fact]
    public async Task Start_WithWrongSettings_NamesEachOfThem()
    {
        var said = await RefusalAsync(("McpSecure__Servers", "cloud"), ("McpSecure__Ports__auth", "http"), ("McpSecure__Applications", "auth"));

        Assert.Equal(
            [
                "McpSecure:Servers is 'cloud': it takes auto, containers, local.",
                "McpSecure:Ports:auth is 'http': it takes 1 to 65535, or 0 for any free port.",
                "McpSecure:Applications names 'auth': a name takes lower-case letters, digits and '-', and none of our own services' names.",
            ],
            said.Split(Environment.NewLine));
    }

    private async Task<string> RefusalAsync(params (string Name, string Value)[] settings)
    {
        await using var appHost = AppHostProcess.Start(
            folder["data"], settings.ToDictionary(setting => setting.Name, setting => setting.Value, StringComparer.Ordinal));

        var exitCode = await appHost.WaitForExitAsync();

        Assert.True(exitCode == 1, appHost.Output);
        return appHost.Output.Trim();
    }
}
