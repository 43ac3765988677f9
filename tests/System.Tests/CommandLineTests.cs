using System.Text;
using McpSecure.Cli;
using McpSecure.Testing;
using Npgsql;

namespace McpSecure.SystemTests;

/// <summary>Uses what Crypto offers as an administrator does: with the command line's own program, from one command to the next.</summary>
[Collection(PlatformTests.Name)]
public sealed class CommandLineTests(PlatformFixture fixture, Shell shell) : IClassFixture<Shell>
{
    [Fact]
    public async Task Secrets_WrittenReadAndDestroyed_AreThereToTheByteAndThenGone()
    {
        const string Path = "command-line/stripe-key";
        (await shell.PipeAsync("größer\n\t", "secrets", "put", Path, "--expect-version", "0")).AssertEndsWith(ExitCode.Ok);

        var conflict = await shell.PipeAsync("other", "secrets", "put", Path, "--expect-version", "0", "--json");
        var read = (await shell.RunAsync("secrets", "get", Path)).AssertEndsWith(ExitCode.Ok);
        (await shell.RunAsync("secrets", "destroy", Path, "1")).AssertEndsWith(ExitCode.Ok);
        var destroyed = await shell.RunAsync("secrets", "get", Path, "--json");

        Assert.Equal((ExitCode.Conflict, "SECRET_VERSION_CONFLICT"), (conflict.ExitCode, conflict.Reason));
        Assert.Equal("größer\n\t", read.Out);
        Assert.Equal((ExitCode.NotFound, "SECRET_NOT_FOUND", ""), (destroyed.ExitCode, destroyed.Reason, destroyed.Out));
    }

    [Fact]
    public async Task Batch_EncryptedRewrappedAfterARotationAndDecrypted_ComesBackAsItWas()
    {
        const string Lines = "{\"id\":1,\"value\":\"größer\",\"context\":\"row 1\"}\n{\"id\":\"b\",\"base64\":\"AP8=\"}\n{\"value\":\"\"}\n";
        (await shell.RunAsync("keyrings", "create", "command-line")).AssertEndsWith(ExitCode.Ok);

        var encrypted = (await shell.PipeAsync(Lines, "encrypt", "command-line", "--batch")).AssertEndsWith(ExitCode.Ok);
        (await shell.RunAsync("keyrings", "rotate", "command-line")).AssertEndsWith(ExitCode.Ok);
        var rewrapped = (await shell.PipeAsync(encrypted.Out, "rewrap", "command-line", "--batch")).AssertEndsWith(ExitCode.Ok);
        var decrypted = (await shell.PipeAsync(rewrapped.Out, "decrypt", "command-line", "--batch")).AssertEndsWith(ExitCode.Ok);

        Assert.All(encrypted.Lines, line => Assert.Contains("\"mcs1.command-line.1.", line, StringComparison.Ordinal));
        Assert.All(rewrapped.Lines, line => Assert.Contains("\"mcs1.command-line.2.", line, StringComparison.Ordinal));
        Assert.Equal(Lines, decrypted.Out);
    }

    [Fact]
    public async Task Batch_WithTheSameIdTwiceInItsSecondRequest_IsAnsweredUpToThereAndNamesBothPlaces()
    {
        var lines = new StringBuilder();
        foreach (var id in Enumerable.Range(0, 1002).Append(1001))
        {
            lines.Append($"{{\"id\":{id},\"value\":\"a\"}}\n");
        }

        var ran = await shell.PipeAsync($"{lines}", "encrypt", "service-tokens", "--batch");

        Assert.Contains("\n  items[1002].id: is that of items[1001] too.\n", ran.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Equal(1000, ran.Lines.Length);
    }

    [Fact]
    public async Task Credentials_SignInUntilTheirLeaseIsRevoked_AndNoMoreAreMadeThanTheTemplateAllows()
    {
        var database = await fixture.Platform.Postgres.CreateDatabaseAsync();
        (await shell.PipeAsync($"{database};SSL Mode=Disable\n", "databases", "put", "command-line", "--connection-stdin")).AssertEndsWith(ExitCode.Ok);
        (await shell.PipeAsync(
            "CREATE ROLE {{name}} LOGIN PASSWORD {{password}} VALID UNTIL {{expiration}}",
            "databases", "templates", "put", "command-line", "reader", "--lifetime", "5m", "--max-lifetime", "5m", "--max-leases", "1")).AssertEndsWith(ExitCode.Ok);

        var made = (await shell.RunAsync("credentials", "create", "command-line", "reader", "--json")).AssertEndsWith(ExitCode.Ok).Json;
        var login = new NpgsqlConnectionStringBuilder(database)
        {
            Username = made.GetProperty("username").GetString(),
            Password = made.GetProperty("password").GetString(),
            Pooling = false,
        }.ConnectionString;
        await SignInAsync(login);
        var beyond = await shell.RunAsync("credentials", "create", "command-line", "reader", "--json");
        (await shell.RunAsync("leases", "revoke", made.GetProperty("leaseId").GetString()!)).AssertEndsWith(ExitCode.Ok);

        Assert.Equal((ExitCode.Conflict, "LEASE_LIMIT_REACHED"), (beyond.ExitCode, beyond.Reason));
        var refused = await Assert.ThrowsAsync<PostgresException>(() => SignInAsync(login));
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
        Assert.Equal("No leases.\n", (await shell.RunAsync("leases", "list", "command-line")).Out);
    }

    [Fact]
    public async Task Accounts_AreListedForEveryServiceWithoutAPassword()
    {
        var listed = (await shell.RunAsync("accounts", "list", "--json")).AssertEndsWith(ExitCode.Ok);

        Assert.Equal(
            Platform.ServiceNames.Order(StringComparer.Ordinal),
            listed.Json.GetProperty("accounts").EnumerateArray().Select(account => account.GetProperty("workload").GetString()!).Order(StringComparer.Ordinal));
        Assert.DoesNotContain("password", listed.Out, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task MaskAndSanitize_WithoutASession_TakeOutWhatIsSensitive()
    {
        var masked = await shell.PipeAsync("""{"user":"ada","password":"correct horse battery"}""", "mask", "--session", "nobody.json");
        var sanitized = await shell.PipeAsync("Write to ada@example.com.", "sanitize", "--session", "nobody.json");

        Assert.Equal("ada", masked.AssertEndsWith(ExitCode.Ok).Json.GetProperty("user").GetString());
        Assert.DoesNotContain("horse", masked.Out, StringComparison.Ordinal);
        Assert.Equal("Write to [EMAIL].", sanitized.AssertEndsWith(ExitCode.Ok).Out);
    }

    private static async Task SignInAsync(string login)
    {
        await using var connection = new NpgsqlConnection(login);
        await connection.OpenAsync();
    }
}
