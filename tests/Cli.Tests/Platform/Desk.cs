using System.Text.Json;
using McpSecure.Testing;

namespace McpSecure.Cli.Tests;

/// <summary>Is where one user sits: a folder with a profile and a session, and the command line.</summary>
internal sealed class Desk : IDisposable
{
    public const string UserId = "01890a5d-ac96-774b-bcce-b302099a8057";
    public const string Token = "token-of-ann";

    private static readonly string[] Services = ["auth", "apikey", "authorization", "crypto", "audit"];
    private static readonly string[] Methods = ["pwd", "otp"];

    public string Folder { get; } = Directory.CreateTempSubdirectory("mcpsecure-cli-").FullName;

    public string ProfilePath => InFolder("cli.json");

    public string SessionPath => InFolder("cli.session.json");

    public FakeClock Clock { get; } = new();

    /// <summary>Makes a desk whose profile leads to a platform.</summary>
    public static Desk At(ScriptedPlatform platform)
    {
        var desk = new Desk();
        desk.WriteProfile(new
        {
            trustDomain = TestPki.TrustDomain,
            trustBundlePath = platform.Cli.TrustBundle,
            certificatePath = platform.Cli.Certificate,
            keyPath = platform.Cli.Key,
            addresses = platform.Addresses,
        });
        return desk;
    }

    /// <summary>Makes a desk whose profile is well formed and leads nowhere.</summary>
    public static Desk Alone()
    {
        var desk = new Desk();
        var addresses = Services.ToDictionary(name => name, _ => "https://localhost:1");
        desk.WriteProfile(new { trustDomain = "mcpsecure.local", trustBundlePath = "ca.crt", certificatePath = "tls.crt", keyPath = "tls.key", addresses });
        return desk;
    }

    public string InFolder(string name) => Path.Combine(Folder, name);

    public string WriteFile(string name, string content)
    {
        File.WriteAllText(InFolder(name), content);
        return InFolder(name);
    }

    public void WriteProfile(object profile) => WriteFile("cli.json", JsonSerializer.Serialize(profile));

    /// <summary>Signs Ann in, without a service.</summary>
    public Desk SignedIn(string? session = null)
    {
        session ??= JsonSerializer.Serialize(new
        {
            userId = UserId,
            username = "ann",
            token = Token,
            expiresAt = "2026-01-01T00:15:00Z",
            authenticationMethods = Methods,
        });
        WriteFile("cli.session.json", session);
        File.SetUnixFileMode(SessionPath, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return this;
    }

    /// <summary>Runs the command line as its program does.</summary>
    public Task<Ran> RunAsync(params string[] arguments) => RunAsync(new TestTerminal(), arguments);

    /// <inheritdoc cref="RunAsync(string[])"/>
    public async Task<Ran> RunAsync(TestTerminal terminal, params string[] arguments)
    {
        var code = await CommandLine.RunAsync(["--profile", ProfilePath, "--session", SessionPath, .. arguments], terminal, Clock);
        return new Ran((ExitCode)code, $"{terminal.Out}", $"{terminal.Error}", terminal.WrittenBytes);
    }

    public void Dispose() => Directory.Delete(Folder, recursive: true);
}

/// <summary>Is what a command left behind.</summary>
internal sealed record Ran(ExitCode ExitCode, string Out, string Error, byte[] OutBytes)
{
    /// <summary>Gets the one JSON document of standard output.</summary>
    public JsonElement Json => JsonDocument.Parse(Out).RootElement;

    /// <summary>Gets the error of the one JSON document of standard error.</summary>
    public JsonElement JsonError => JsonDocument.Parse(Error).RootElement.GetProperty("error");
}
