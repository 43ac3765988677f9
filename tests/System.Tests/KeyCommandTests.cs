using System.Security.Cryptography;
using System.Text;
using McpSecure.Cli;

namespace McpSecure.SystemTests;

/// <summary>Takes API keys through their life as an administrator does: with the command line's own program, from one command to the next.</summary>
[Collection(PlatformTests.Name)]
public sealed class KeyCommandTests(PlatformFixture fixture, Shell shell) : IClassFixture<Shell>
{
    private const string Inside = "192.0.2.7";

    [Fact]
    public async Task Key_NarrowedAndLimited_IsGoodForWhatItIsFor_AndItsSuccessorToo()
    {
        var made = (await shell.RunAsync(
            "keys", "create", "command-line", "--scope", "mcp:read", "--network", "192.0.2.0/24", "--permission", "servers/*:read",
            "--rate", "2/24h", "--metadata", "team=pay", "--json")).AssertEndsWith(ExitCode.Ok).Json;
        var (id, secret) = (made.GetProperty("apiKey").GetProperty("apiKeyId").GetString()!, made.GetProperty("secret").GetString()!);

        var outside = await ValidateAsync(secret);
        var good = await ValidateAsync(secret, "--address", Inside, "--requires", "servers/weather:read");
        var beyond = await ValidateAsync(secret, "--address", Inside, "--requires", "servers/weather:delete");
        var often = await ValidateAsync(secret, "--address", Inside);
        var rotated = (await shell.RunAsync("keys", "rotate", id, "--overlap", "1h", "--json")).AssertEndsWith(ExitCode.Ok).Json;
        var successor = rotated.GetProperty("apiKey").GetProperty("apiKeyId").GetString()!;
        var again = await shell.RunAsync("keys", "rotate", id, "--json");
        var changed = (await shell.RunAsync("keys", "update", successor, "--name", "command-line-2", "--clear", "metadata", "--json")).AssertEndsWith(ExitCode.Ok).Json;
        (await shell.RunAsync("keys", "disable", successor)).AssertEndsWith(ExitCode.Ok);
        var disabled = await ValidateAsync(rotated.GetProperty("secret").GetString()!, "--address", Inside);
        (await shell.RunAsync("keys", "enable", successor)).AssertEndsWith(ExitCode.Ok);
        var listed = (await shell.RunAsync("keys", "list", "--state", "rotated", "--name-prefix", "command-line", "--json")).AssertEndsWith(ExitCode.Ok).Json;

        Assert.Equal((ExitCode.Denied, "ADDRESS_NOT_ALLOWED"), outside);
        Assert.Equal((ExitCode.Ok, null), good);
        Assert.Equal((ExitCode.Denied, "KEY_PERMISSION_MISSING"), beyond);
        Assert.Equal((ExitCode.Denied, "RATE_LIMITED"), often);
        Assert.Equal((ExitCode.Conflict, "API_KEY_ROTATED"), (again.ExitCode, again.Reason));
        Assert.Equal(("command-line-2", "{}"), (changed.GetProperty("name").GetString(), changed.GetProperty("metadata").GetRawText()));
        Assert.Equal((ExitCode.Denied, "API_KEY_INVALID"), disabled);
        Assert.Equal((id, successor), listed.GetProperty("apiKeys").EnumerateArray().Select(key => (key.GetProperty("apiKeyId").GetString(), key.GetProperty("successorId").GetString())).Single());
    }

    [Fact]
    public async Task Key_OfAPlatformOfBefore_IsTakenOverAndGoesOnWorkingUntilALeakIsReported()
    {
        var text = $"mlcp_{Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)).Replace('+', '-').Replace('/', '_')}";
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"command-line-salt{text}")));
        var salt = shell.WriteFile("salt", "command-line-salt\n");
        var line = $$"""{"hash":"{{hash}}","owner":"{{fixture.Story.Administrator.Username}}","name":"before","scopes":["mcp:read"],"metadata":{"from":"before"} }""" + "\n";

        var imported = (await shell.PipeAsync(line, "keys", "import", "--salt-file", salt, "--json")).AssertEndsWith(ExitCode.Ok).Json;
        var good = await ValidateAsync(text, "--scope", "mcp:read");
        var leak = (await shell.PipeAsync(text + "\n", "keys", "report-leak", "--key-stdin", "--found-at", "a test", "--json")).AssertEndsWith(ExitCode.Ok).Json;
        var ended = await ValidateAsync(text);
        var key = (await shell.RunAsync("keys", "get", imported.GetProperty("apiKeyId").GetString()!, "--json")).AssertEndsWith(ExitCode.Ok).Json;

        Assert.False(imported.GetProperty("existed").GetBoolean());
        Assert.Equal((ExitCode.Ok, null), good);
        Assert.Equal(imported.GetProperty("apiKeyId").GetString(), leak.GetProperty("apiKeyId").GetString());
        Assert.Equal((ExitCode.Denied, "API_KEY_INVALID"), ended);
        Assert.Equal("revoked", key.GetProperty("state").GetString());
        (await shell.RunAsync("keys", "usage", imported.GetProperty("apiKeyId").GetString()!)).AssertEndsWith(ExitCode.Ok);
    }

    [Fact]
    public async Task Call_WithoutAKey_IsCountedWhereALimitApplies()
    {
        var allowed = await shell.RunAsync("limits", "check", "--address", Inside, "--json");
        var unknown = await shell.RunAsync("limits", "check", "--endpoint", "no-such-rule", "--json");

        Assert.True(allowed.AssertEndsWith(ExitCode.Ok).Json.GetProperty("allowed").GetBoolean());
        Assert.Equal((ExitCode.InvalidInput, "FIELD_INVALID"), (unknown.ExitCode, unknown.Reason));
    }

    private async Task<(ExitCode ExitCode, string? Reason)> ValidateAsync(string secret, params string[] options)
    {
        var ran = await shell.PipeAsync(secret + "\n", ["keys", "validate", "--key-stdin", "--json", .. options]);
        Assert.True(ran.Error.Length == 0, ran.Error);
        return (ran.ExitCode, ran.Json.GetProperty("reason").GetString());
    }
}
