using McpSecure.Cli;

namespace McpSecure.SystemTests;

/// <summary>Builds an organization and its rights as an administrator does: with the command line's own program, from one command to the next.</summary>
[Collection(PlatformTests.Name)]
public sealed class RightsCommandTests(Shell shell) : IClassFixture<Shell>
{
    [Fact]
    public async Task Organization_FromItsFirstMemberToItsEnd_IsManagedByCommands()
    {
        var bob = (await shell.PipeAsync("a long uncommon phrase of bob\n", "users", "create", "bob.rights", "--password-stdin", "--json")).AssertEndsWith(ExitCode.Ok)
            .Json.GetProperty("userId").GetString()!;
        await DoAsync("organizations create acme.rights");
        await DoAsync("organizations members add acme.rights bob.rights");
        await DoAsync("roles create operator --organization acme.rights --allow servers/*:restart --allow servers/*:delete+mfa --include viewer");

        // What is told before is what is so after.
        const string Assign = "roles assign bob.rights operator --organization acme.rights --subtree servers/weather --expires 12h";
        var told = (await shell.RunAsync([.. Assign.Split(' '), "--dry-run", "--json", "--question", "bob.rights servers/weather:restart", "--question", "bob.rights servers/mail:restart"]))
            .AssertEndsWith(ExitCode.Ok).Json.GetProperty("changes");
        Assert.Equal(("servers/weather", true), (Assert.Single(told.EnumerateArray()).GetProperty("resource").GetString(), told[0].GetProperty("allowedAfter").GetBoolean()));
        await CheckAsync(ExitCode.Denied, "servers/weather:restart");
        await DoAsync(Assign);

        await CheckAsync(ExitCode.Ok, "servers/weather:restart");
        await CheckAsync(ExitCode.Denied, "servers/mail:restart");
        await CheckAsync(ExitCode.Denied, "servers/weather:delete");
        await CheckAsync(ExitCode.Ok, "servers/weather:delete", "--second-factor");
        Assert.Contains("role operator", (await DoAsync("permissions bob.rights --organization acme.rights")).Out, StringComparison.Ordinal);
        Assert.Contains(bob, (await DoAsync("who-can servers/weather:restart --organization acme.rights")).Lines);

        // A denial wins over the role, and is told as what decided.
        var grant = (await DoAsync("grants grant bob.rights servers/weather:restart --deny --organization acme.rights --json")).Json.GetProperty("grantId").GetString()!;
        var explained = await CheckAsync(ExitCode.Denied, "servers/weather:restart", "--explain", "--json");
        Assert.Equal(grant, explained.Json.GetProperty("explanation").GetProperty("decidingRule").GetProperty("grantId").GetString());
        await DoAsync($"grants revoke {grant} --organization acme.rights");

        // The role is read, and written as it was read.
        var read = await DoAsync("roles get operator --organization acme.rights --json");
        (await shell.PipeAsync(read.Out, "roles", "update", "operator", "--organization", "acme.rights", "--in", "-")).AssertEndsWith(ExitCode.Ok);
        var again = await shell.PipeAsync(read.Out, "roles", "update", "operator", "--organization", "acme.rights", "--in", "-", "--json");
        Assert.Equal((ExitCode.Conflict, "ROLE_REVISION_CONFLICT"), (again.ExitCode, again.Reason));

        await DoAsync("resources register servers/weather --owner bob.rights --organization acme.rights");
        Assert.Contains("servers/weather", (await DoAsync("resources allowed restart bob.rights --organization acme.rights")).Lines);
        var owns = await shell.RunAsync("organizations", "members", "remove", "acme.rights", "bob.rights", "--json");
        Assert.Equal((ExitCode.Conflict, "MEMBER_OWNS_RESOURCES"), (owns.ExitCode, owns.Reason));
        var batch = await shell.PipeAsync(
            "{\"resource\":\"servers/weather\",\"action\":\"archive\"}\n{\"resource\":\"servers/weather\",\"action\":\"archive\",\"organization\":\"\"}\n",
            "check", "--batch", "--user", "bob.rights", "--organization", "acme.rights");
        batch.AssertEndsWith(ExitCode.Denied);
        Assert.EndsWith("\"allowed\":true,\"reason\":\"owner\"}", batch.Lines[0], StringComparison.Ordinal);
        Assert.EndsWith("\"allowed\":false,\"reason\":\"noRule\"}", batch.Lines[1], StringComparison.Ordinal);

        await DoAsync("resources unregister servers/weather --organization acme.rights");
        await DoAsync("roles unassign bob.rights operator --organization acme.rights --subtree servers/weather");
        await DoAsync("roles delete operator --organization acme.rights");
        await DoAsync("organizations delete acme.rights");
        var gone = await shell.RunAsync("organizations", "get", "acme.rights", "--json");
        Assert.Equal((ExitCode.NotFound, "ORGANIZATION_NOT_FOUND"), (gone.ExitCode, gone.Reason));
    }

    private async Task<Ran> DoAsync(string line) => (await shell.RunAsync(line.Split(' '))).AssertEndsWith(ExitCode.Ok);

    private async Task<Ran> CheckAsync(ExitCode exitCode, string permission, params string[] more) =>
        (await shell.RunAsync(["check", permission, "--user", "bob.rights", "--organization", "acme.rights", .. more])).AssertEndsWith(exitCode);
}
