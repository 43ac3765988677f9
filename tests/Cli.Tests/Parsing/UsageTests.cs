namespace McpSecure.Cli.Tests.Parsing;

/// <summary>Types what no command takes: each answer is exit code 2 and one sentence on standard error, and nothing was called.</summary>
public sealed class UsageTests
{
    [Theory]
    [InlineData("bootstrap", "Required argument 'user' missing for command: 'bootstrap'.")]
    [InlineData("signin", "Required argument 'user' missing for command: 'signin'.")]
    [InlineData("users create", "Required argument 'name' missing for command: 'create'.")]
    [InlineData("users get", "Required argument 'user' missing for command: 'get'.")]
    [InlineData("organizations", "Required command was not provided.")]
    [InlineData("organizations create", "Required argument 'name' missing for command: 'create'.")]
    [InlineData("organizations update acme", "Option '--display-name' is required.")]
    [InlineData("organizations members add acme", "Required argument 'principal' missing for command: 'add'.")]
    [InlineData("roles create operator --allow a:b", "Option '--organization' is required.")]
    [InlineData("roles create operator --organization acme", "Say what the role is: --in, or --allow, --deny, --include, --description.")]
    [InlineData("grants", "Required command was not provided.")]
    [InlineData("grants grant ann", "Required argument 'rule' missing for command: 'grant'.")]
    [InlineData("grants revoke", "Required argument 'id' missing for command: 'revoke'.")]
    [InlineData("resources", "Required command was not provided.")]
    [InlineData("resources allowed", "Required argument 'action' missing for command: 'allowed'.")]
    [InlineData("who-can", "Required argument 'permission' missing for command: 'who-can'.")]
    [InlineData("resources transfer servers/weather", "Required argument 'owner' missing for command: 'transfer'.")]
    [InlineData("roles assign", "Required argument 'principal' missing for command: 'assign'. Required argument 'role' missing for command: 'assign'.")]
    [InlineData("roles unassign ann", "Required argument 'role' missing for command: 'unassign'.")]
    [InlineData("keys create --scope mcp:read", "Required argument 'name' missing for command: 'create'.")]
    [InlineData("keys create ci", "Option '--scope' is required.")]
    [InlineData("keys get", "Required argument 'id' missing for command: 'get'.")]
    [InlineData("keys update k", "Name a change.")]
    [InlineData("keys rotate", "Required argument 'id' missing for command: 'rotate'.")]
    [InlineData("keys revoke", "Give an id, --all-of-owner or --all-of-organization, one of them.")]
    [InlineData("keys revoke --yes", "Give an id, --all-of-owner or --all-of-organization, one of them.")]
    [InlineData("keys revoke --all-of-owner ann", "Nothing brings the keys back: add --yes if all of them are meant.")]
    [InlineData("keys import", "Option '--salt-file' is required.")]
    [InlineData("keys usage", "Required argument 'id' missing for command: 'usage'.")]
    [InlineData("check", "Required argument 'permission' missing for command: 'check'.")]
    [InlineData("keyrings create", "Required argument 'name' missing for command: 'create'.")]
    [InlineData("keyrings get", "Required argument 'name' missing for command: 'get'.")]
    [InlineData("keyrings rotate", "Required argument 'name' missing for command: 'rotate'.")]
    [InlineData("encrypt", "Required argument 'keyring' missing for command: 'encrypt'.")]
    [InlineData("decrypt", "Required argument 'keyring' missing for command: 'decrypt'.")]
    [InlineData("rewrap", "Required argument 'keyring' missing for command: 'rewrap'.")]
    [InlineData("data-key", "Required argument 'keyring' missing for command: 'data-key'.")]
    [InlineData("verify k", "Required argument 'signature' missing for command: 'verify'.")]
    [InlineData("secrets put", "Required argument 'path' missing for command: 'put'.")]
    [InlineData("secrets delete a", "Required argument 'version' missing for command: 'delete'.")]
    [InlineData("secrets set a", "Name a setting.")]
    [InlineData("databases put", "Required argument 'name' missing for command: 'put'.")]
    [InlineData("databases templates put shop reader --lifetime 1h", "Option '--max-lifetime' is required.")]
    [InlineData("credentials create shop", "Required argument 'template' missing for command: 'create'.")]
    [InlineData("leases list", "Required argument 'prefix' missing for command: 'list'.")]
    [InlineData("leases revoke", "Required argument 'lease' missing for command: 'revoke'.")]
    [InlineData("accounts rotate", "Required argument 'workload' missing for command: 'rotate'.")]
    [InlineData("configuration protect", "Required argument 'keyring' missing for command: 'protect'.")]
    [InlineData("completion", "Required argument 'shell' missing for command: 'completion'.")]
    [InlineData("mfa", "Required command was not provided.")]
    [InlineData("users", "Required command was not provided.")]
    [InlineData("roles", "Required command was not provided.")]
    [InlineData("keys", "Required command was not provided.")]
    [InlineData("limits", "Required command was not provided.")]
    [InlineData("keyrings", "Required command was not provided.")]
    [InlineData("secrets", "Required command was not provided.")]
    [InlineData("databases templates", "Required command was not provided.")]
    [InlineData("audit", "Required command was not provided.")]
    public Task Command_WithoutWhatItNeeds_SaysWhatIsMissing(string line, string sentence) => AssertRefusedAsync(line, sentence);

    [Theory]
    [InlineData("frobnicate", "'frobnicate' is not a command of mcpsecure.")]
    [InlineData("users frobnicate", "'frobnicate' is not a command of mcpsecure users.")]
    [InlineData("whoami ann", "Unrecognized command or argument 'ann'.")]
    [InlineData("users get ann bob", "Unrecognized command or argument 'bob'.")]
    [InlineData("signout now", "Unrecognized command or argument 'now'.")]
    public Task Command_WithAWordTooMany_NamesIt(string line, string sentence) => AssertRefusedAsync(line, sentence);

    [Theory]
    [InlineData("check servers", "'servers' is not <resource>:<action>, for example servers:read.")]
    [InlineData("check :read", "':read' is not <resource>:<action>, for example servers:read.")]
    [InlineData("check servers:", "'servers:' is not <resource>:<action>, for example servers:read.")]
    [InlineData("check servers:read --user ann --key-stdin", "--user and an API key exclude each other.")]
    [InlineData("check servers:read --scope mcp:read --key-stdin", "--scope and an API key exclude each other: the key says it.")]
    [InlineData("check servers:read --narrowed-to a:b --key-stdin", "--narrowed-to and an API key exclude each other: the key says it.")]
    [InlineData("check servers:read --narrowed-to servers", "'servers' is not <resource>:<action>, for example servers:read.")]
    [InlineData("check servers:read --user key:1", "'key:1' is not a user's name or id, api-key:<id> or service:<name>.")]
    [InlineData("check servers:read --batch", "--batch takes its questions from lines: no permission, --explain or API key goes with it.")]
    [InlineData("check --batch --explain", "--batch takes its questions from lines: no permission, --explain or API key goes with it.")]
    [InlineData("check servers:read --in f", "--in needs --batch.")]
    [InlineData("who-can servers", "'servers' is not <resource>:<action>, for example servers:read.")]
    [InlineData("permissions key:1", "'key:1' is not a user's name or id, api-key:<id> or service:<name>.")]
    [InlineData("roles assign key:1 viewer", "'key:1' is not a user's name or id, api-key:<id> or service:<name>.")]
    [InlineData("roles assign service: viewer", "'service:' is not a user's name or id, api-key:<id> or service:<name>.")]
    [InlineData("roles assign ann viewer --expires soon", "'soon' is no end: write 12h, 30d, 2026-01-31 or 2026-01-31T08:00Z.")]
    [InlineData("roles assign ann viewer --dry-run --question x", "'x' is not '<principal> <resource>:<action>', for example 'ann servers/weather:read'.")]
    [InlineData("roles assign ann viewer --question x", "--question needs --dry-run.")]
    [InlineData("roles assignments ann --all", "--all and a principal exclude each other.")]
    [InlineData("roles create r --organization acme --allow servers", "'servers' is not <resource>:<action>, for example servers/*:read, or servers/*:delete+mfa with a second factor.")]
    [InlineData("roles create r --organization acme --deny a:b+mfa", "'a:b+mfa': what denies does so with and without a second factor; leave +mfa out.")]
    [InlineData("roles create r --organization acme --deny a:b --in f", "--in and --deny exclude each other.")]
    [InlineData("grants grant ann a:b+mfa --deny", "What denies does so with and without a second factor: leave +mfa out.")]
    [InlineData("signin ann --password-stdin --password-file f", "--password-file and --password-stdin exclude each other.")]
    [InlineData("signin ann --password-file f --password-file g", "Option '--password-file' expects a single argument but 2 were provided.")]
    [InlineData("keys create ci --scope a --lifetime soon", "'soon' is not a span of time: write 90s, 30m, 12h or 30d.")]
    [InlineData("keys create ci --scope a --permission servers", "'servers' is not <resource>:<action>, for example servers:read.")]
    [InlineData("keys create ci --scope a --rate 100", "'100' is not a rate: write 100/1m or 5000/24h.")]
    [InlineData("keys create ci --scope a --rate 100/m", "'100/m' is not a rate: write 100/1m or 5000/24h.")]
    [InlineData("keys create ci --scope a --rate=-1/1m", "'-1/1m' is not a rate: write 100/1m or 5000/24h.")]
    [InlineData("keys create ci --scope a --rate 1/1m/1m", "'1/1m/1m' is not a rate: write 100/1m or 5000/24h.")]
    [InlineData("keys create ci --scope a --burst 10", "--burst needs --rate.")]
    [InlineData("keys create ci --scope a --rate 100/1m --burst 0", "--burst is a number from 1.")]
    [InlineData("keys create ci --scope a --metadata team", "'team' is not NAME=VALUE.")]
    [InlineData("keys create ci --scope a --metadata =pay", "'=pay' is not NAME=VALUE.")]
    [InlineData("keys create ci --scope a --owner ", "--owner needs a value.")]
    [InlineData("keys list --owner ", "--owner needs a value.")]
    [InlineData("keys list --name-prefix ", "--name-prefix needs a value.")]
    [InlineData("keys list --state gone", "Argument 'gone' not recognized. Must be one of: 'enabled' 'disabled' 'rotated' 'expired' 'revoked'")]
    [InlineData("keys list --expires-before soon", "'soon' is not a time: write 2026-01-31, 2026-01-31T08:00Z or 2026-01-31T08:00+01:00.")]
    [InlineData("keys update k --clear scope", "Argument 'scope' not recognized. Must be one of: 'permission' 'expires-at' 'network' 'rate' 'metadata'")]
    [InlineData("keys update k --rate 1/1s --clear rate", "--rate and --clear rate exclude each other.")]
    [InlineData("keys update k --burst 3", "--burst needs --rate. Name a change.")]
    [InlineData("keys revoke k --all-of-owner ann --yes", "Give an id, --all-of-owner or --all-of-organization, one of them.")]
    [InlineData("keys revoke --all-of-owner ann --all-of-organization o --yes", "Give an id, --all-of-owner or --all-of-organization, one of them.")]
    [InlineData("keys revoke --all-of-owner  --yes", "--all-of-owner needs a value.")]
    [InlineData("keys report-leak --id k --key-stdin", "--id and an API key exclude each other.")]
    [InlineData("keys report-leak --id ", "--id needs a value.")]
    [InlineData("keys validate --requires servers", "'servers' is not <resource>:<action>, for example servers:read.")]
    [InlineData("keys validate --organization ", "--organization needs a value.")]
    [InlineData("keys validate --cost 0", "--cost is a number from 1 to 10000.")]
    [InlineData("limits check --cost 10001", "--cost is a number from 1 to 10000.")]
    [InlineData("limits check --address ", "--address needs a value.")]
    [InlineData("keyrings create k --algorithm des", "Argument 'des' not recognized. Must be one of: 'xaes-256-gcm' 'rs256' 'aes-256-gcm' 'hs256' 'rs256-3072' 'rs256-4096' 'es256' 'fernet'")]
    [InlineData("keyrings destroy k", "Give --version or --whole, one of them.")]
    [InlineData("keyrings destroy k --version 1 --whole", "Give --version or --whole, one of them.")]
    [InlineData("keyrings disable k first", "A version is a number from 1.")]
    [InlineData("keyrings update k --min-version 0", "--min-version is a number from 1.")]
    [InlineData("secrets put a --expect-version newest", "--expect-version is a number from 0.")]
    [InlineData("secrets get a --version 0", "--version is a number from 1.")]
    [InlineData("secrets destroy a 1 two", "A version is a number from 1.")]
    [InlineData("secrets set a --max-versions 101", "--max-versions is a number from 1 to 100.")]
    [InlineData("secrets set a --metadata owner", "'owner' is not KEY=VALUE.")]
    [InlineData("secrets set a --metadata =ann", "'=ann' is not KEY=VALUE.")]
    [InlineData("credentials create shop reader --lifetime long", "'long' is not a span of time: write 90s, 30m, 12h or 30d.")]
    [InlineData("databases put shop --connection-file f --connection-stdin", "--connection-file and --connection-stdin exclude each other.")]
    [InlineData("decrypt k --batch --out f", "--out and --batch exclude each other.")]
    [InlineData("data-key k --wrapped-only --secret-out f", "--wrapped-only and --secret-out exclude each other.")]
    [InlineData("data-key k --size 15", "--size is a number from 16 to 64.")]
    [InlineData("verify k abc", "'abc' is not <version>.<signature>, as `mcpsecure sign` writes it.")]
    [InlineData("verify k 1.a+b=", "'1.a+b=' is not <version>.<signature>, as `mcpsecure sign` writes it.")]
    [InlineData("audit query --outcome maybe", "'maybe' is not an outcome: success, denied or failure.")]
    [InlineData("audit query --since yesterday", "'yesterday' is not a time: write 2026-01-31, 2026-01-31T08:00Z or 2026-01-31T08:00+01:00.")]
    [InlineData("audit verify --expect 1:abc", "'1:abc' is not <place>:<head>, as `mcpsecure audit verify` writes it.")]
    [InlineData("completion ksh", "Argument 'ksh' not recognized. Must be one of: 'bash' 'zsh' 'fish'")]
    [InlineData("--timeout 0 whoami", "--timeout is a number from 1 to 600.")]
    [InlineData("whoami --timeout 601", "--timeout is a number from 1 to 600.")]
    [InlineData("audit tail --from x", "--from is a number from 0.")]
    [InlineData("users list --limit -1", "--limit is a number from 0.", "--limit=-1")]
    public Task Command_WithAWrongValue_SaysWhatIsRight(string line, string sentence, string? instead = null) =>
        AssertRefusedAsync(instead is null ? line : line.Replace("--limit -1", instead, StringComparison.Ordinal), sentence);

    [Theory]
    [InlineData("keys create ci --scope")]
    [InlineData("keys create ci --scope a --lifetime")]
    [InlineData("keys create ci --scope a --secret-out")]
    [InlineData("users create ann --email")]
    [InlineData("users create ann --password-file")]
    [InlineData("users list --limit")]
    [InlineData("check a:b --user")]
    [InlineData("check a:b --organization")]
    [InlineData("roles assign ann viewer --dry-run --question")]
    [InlineData("roles assign ann viewer --expires")]
    [InlineData("keyrings create k --algorithm")]
    [InlineData("encrypt k --in")]
    [InlineData("encrypt k --context")]
    [InlineData("decrypt k --out")]
    [InlineData("audit query --since")]
    [InlineData("audit query --outcome")]
    [InlineData("audit tail --from")]
    [InlineData("audit verify --expect")]
    [InlineData("whoami --profile")]
    [InlineData("whoami --timeout")]
    public Task Option_WithoutItsValue_IsNamed(string line) =>
        AssertRefusedAsync(line, $"Required argument missing for option: '{line.Split(' ')[^1]}'.");

    [Theory]
    [InlineData("whoami --frob", "--frob")]
    [InlineData("users get --frob", "--frob")]
    [InlineData("keys create --lifetme --scope a", "--lifetme")]
    [InlineData("users create ann --email --pasword-stdin", "--pasword-stdin")]
    [InlineData("keys create ci --scope --lifetme", "--lifetme")]
    [InlineData("--profile --sesion whoami", "--sesion")]
    [InlineData("check -x", "-x")]
    [InlineData("keys create --lifetme --scope a -- ", "--lifetme")]
    public async Task Option_Unknown_IsNamedAndNotTakenForAValue(string line, string option)
    {
        var terminal = new TestTerminal();

        var code = await CommandLine.RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries), terminal, TimeProvider.System);

        Assert.Equal(2, code);
        Assert.Matches($"^error: (.* )?'{option}'", $"{terminal.Error}");
    }

    [Theory]
    [InlineData("--profile")]
    [InlineData("--session")]
    public async Task FileOption_ThatIsEmpty_IsRefused(string option)
    {
        var terminal = new TestTerminal();

        var code = await CommandLine.RunAsync([option, "", "whoami"], terminal, TimeProvider.System);

        Assert.Equal(2, code);
        Assert.StartsWith($"error: {option} needs the name of a file. (USAGE)\n", $"{terminal.Error}", StringComparison.Ordinal);
    }

    [Fact]
    public async Task Value_ThatBeginsWithAHyphen_IsTakenAfterAnEqualsSign()
    {
        using var desk = Desk.Alone();

        // Nobody is signed in: the words were taken.
        var ran = await desk.RunAsync("encrypt", "--context=-1", "--", "-keyring");

        Assert.Equal(ExitCode.NotAuthenticated, ran.ExitCode);
    }

    [Fact]
    public async Task AtSign_IsPartOfAValueAndReadsNoFile()
    {
        using var desk = Desk.Alone();
        var file = desk.WriteFile("words", "whoami\n");

        var ran = await desk.RunAsync($"@{file}");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Contains($"'@{file}' is not a command", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task UsageError_AsJson_IsOneDocument()
    {
        using var desk = Desk.Alone();

        var ran = await desk.RunAsync("check", "nonsense", "--json");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Empty(ran.Out);
        Assert.Equal("USAGE", ran.JsonError.GetProperty("reason").GetString());
        Assert.Equal(2, ran.JsonError.GetProperty("exitCode").GetInt32());
        Assert.Equal("`mcpsecure check --help` shows how it is used.", ran.JsonError.GetProperty("hint").GetString());
    }

    private static async Task AssertRefusedAsync(string line, string sentence)
    {
        var terminal = new TestTerminal();

        var code = await CommandLine.RunAsync(line.Split(' '), terminal, TimeProvider.System);

        Assert.Equal(2, code);
        Assert.Empty($"{terminal.Out}");
        var lines = $"{terminal.Error}".TrimEnd('\n').Split('\n');
        Assert.Equal($"error: {sentence} (USAGE)", lines[0]);
        Assert.Matches("^hint: `mcpsecure[a-z -]* --help` shows how it is used\\.$", lines[1]);
        Assert.Equal(2, lines.Length);
    }
}
