using System.Text;
using Google.Protobuf;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Cli.Tests.Commands;

/// <summary>Keeps secrets, makes credentials and protects documents: what is sent, what is shown, and what is not.</summary>
[Collection(PlatformTests.Name)]
public sealed class VaultTests : IDisposable
{
    private readonly Desk desk;
    private readonly Script script;

    public VaultTests(ScriptedPlatform platform)
    {
        desk = Desk.At(platform).SignedIn();
        script = platform.Script.Current = new Script();
        Vaults.Answer(script);
    }

    public void Dispose() => desk.Dispose();

    [Theory]
    [InlineData("secrets put a")]
    [InlineData("secrets put a --in -")]
    public async Task SecretsPut_OfStandardInput_TakesEveryByteAndExpectsNothingByItself(string line)
    {
        var ran = await desk.RunAsync(new TestTerminal(" a\r\n\n"), line.Split(' '));

        var request = script.Requests<PutSecretRequest>().Single();
        Assert.Equal((" a\r\n\n", false, null), (request.Value.ToStringUtf8(), request.HasExpectedVersion, request.Lifetime));
        Assert.DoesNotContain(" a\r", ran.Out + ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecretsPut_ByAPerson_AsksWithoutEcho()
    {
        var terminal = new TestTerminal("", "s3cret");

        var ran = await desk.RunAsync(terminal, "secrets", "put", "a", "--expect-version", "0");

        var request = script.Requests<PutSecretRequest>().Single();
        Assert.Equal(["The value: "], terminal.Prompts);
        Assert.Equal(("s3cret", true, 0), (request.Value.ToStringUtf8(), request.HasExpectedVersion, request.ExpectedVersion));
        Assert.DoesNotContain("s3cret", ran.Out + ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task SecretsPut_AgainstANewerVersion_IsAConflictThatTellsIt()
    {
        script.Refuse<PutSecretRequest>(() => Refusal.Because(ErrorReason.SecretVersionConflict, "Another version is the newest.", ("newest_version", 3)));

        var ran = await desk.RunAsync(new TestTerminal("b"), "secrets", "put", "a", "--expect-version", "2");

        Assert.Equal(ExitCode.Conflict, ran.ExitCode);
        Assert.Contains("  newest_version: 3\n", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("secrets get a")]
    [InlineData("secrets get a --out -")]
    public async Task SecretsGet_IntoAPipe_WritesTheBytesAndNothingElse(string line)
    {
        script.On((GetSecretRequest _) => new GetSecretResponse { Value = ByteString.CopyFrom(0, 0x1b, 0xff), Version = Vaults.Version });

        var ran = await desk.RunAsync(line.Split(' '));

        Assert.Equal([0, 0x1b, 0xff], ran.OutBytes);
        Assert.Empty(ran.Out + ran.Error);
        Assert.Equal(0, script.Requests<GetSecretRequest>().Single().Version);
    }

    [Fact]
    public async Task SecretsGet_IntoAFile_WritesItForItsOwnerAndDoesNotShowIt()
    {
        var ran = await desk.RunAsync("secrets", "get", "a", "--out", desk.InFolder("value"), "--json");

        Assert.Equal("value", await File.ReadAllTextAsync(desk.InFolder("value")));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(desk.InFolder("value")));
        Assert.Equal((desk.InFolder("value"), null), (ran.Json.GetProperty("file").GetString(), ran.Json.GetProperty("valueBase64").GetString()));
    }

    [Fact]
    public async Task SecretsGet_OfWhatSteersTheTerminal_IsNotShownThere()
    {
        script.On((GetSecretRequest _) => new GetSecretResponse { Value = ByteString.CopyFrom(0x1b), Version = Vaults.Version });

        var ran = await desk.RunAsync(new TestTerminal { ReadByPeople = true }, "secrets", "get", "a");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.StartsWith("error: The value is not text and is not shown on a terminal.", ran.Error, StringComparison.Ordinal);
    }

    // The rpc replaces all settings: a command that sent only those that are named would destroy versions.
    [Fact]
    public async Task SecretsSet_OfOneSetting_KeepsTheOthers()
    {
        await desk.RunAsync("secrets", "set", "billing/stripe-key", "--lifetime", "30d", "--metadata", "team=pay=ments", "--metadata", "owner=");

        Assert.Equal(
            """{ "maxVersions": 10, "versionLifetime": "2592000s", "checkRequired": true, "customMetadata": { "team": "pay=ments" } }""",
            script.Requests<UpdateSecretMetadataRequest>().Single().Settings.ToString());
    }

    [Fact]
    public async Task SecretsSet_BackToTheDefaults_SendsThem()
    {
        await desk.RunAsync("secrets", "set", "billing/stripe-key", "--lifetime", "0d", "--check-required", "false", "--max-versions", "3");

        Assert.Equal(
            """{ "maxVersions": 3, "customMetadata": { "owner": "ann" } }""",
            script.Requests<UpdateSecretMetadataRequest>().Single().Settings.ToString());
    }

    [Fact]
    public async Task SecretsDestroy_OfVersions_SendsThem()
    {
        await desk.RunAsync("secrets", "destroy", "a", "2", "3");

        Assert.Equal([2, 3], script.Requests<DestroySecretVersionsRequest>().Single().Versions);
    }

    [Fact]
    public async Task SecretsDescribe_OfTextOfAnAttacker_StaysALineEach()
    {
        var secret = Vaults.Secret;
        secret.Settings.CustomMetadata["owner"] = "ann\u001b[2J\nKeeps: 1 versions";
        script.On((GetSecretMetadataRequest _) => new GetSecretMetadataResponse { Secret = secret });

        var ran = await desk.RunAsync("secrets", "describe", "billing/stripe-key");

        Assert.Contains("Metadata:        owner=ann\\u{1b}[2J Keeps: 1 versions\n", ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DatabasesPut_WithTheConnectionStringInAFile_DoesNotShowIt()
    {
        var file = desk.WriteFile("connection", "Host=db;Password=s3cret\n");

        var ran = await desk.RunAsync("databases", "put", "shop", "--connection-file", file);

        Assert.Equal("Host=db;Password=s3cret", script.Requests<PutDatabaseRequest>().Single().ConnectionString);
        Assert.DoesNotContain("s3cret", ran.Out + ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TemplatesPut_WithThreeScripts_SendsThem()
    {
        var (renewal, revocation) = (desk.WriteFile("renew.sql", "ALTER ROLE {{name}}"), desk.WriteFile("remove.sql", "DROP ROLE {{name}}"));

        await desk.RunAsync(
            new TestTerminal("CREATE ROLE {{name}};\nGRANT a TO {{name}}\n"), "databases", "templates", "put", "shop", "reader",
            "--renewal-file", renewal, "--revocation-file", revocation, "--lifetime", "1h", "--max-lifetime", "2h", "--max-leases", "20");

        Assert.Equal(
            """{ "database": "shop", "name": "reader", "creationStatements": "CREATE ROLE {{name}};\nGRANT a TO {{name}}\n", "renewalStatements": "ALTER ROLE {{name}}", "revocationStatements": "DROP ROLE {{name}}", "defaultLifetime": "3600s", "maxLifetime": "7200s", "maxLeases": 20 }""",
            script.Requests<PutCredentialTemplateRequest>().Single().ToString());
    }

    [Fact]
    public async Task TemplatesPut_WithoutALimitOfLeases_LeavesItToTheService()
    {
        var ran = await desk.RunAsync(
            new TestTerminal("CREATE ROLE {{name}}"), "databases", "templates", "put", "shop", "reader", "--lifetime", "1h", "--max-lifetime", "2h");

        Assert.Equal(0, script.Requests<PutCredentialTemplateRequest>().Single().MaxLeases);
        Assert.Contains("At the most:     -\n", ran.Out, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("100001")]
    [InlineData("-1")]
    [InlineData("many")]
    public async Task TemplatesPut_WithALimitThatIsNone_SendsNothing(string limit)
    {
        var ran = await desk.RunAsync(
            "databases", "templates", "put", "shop", "reader", "--lifetime", "1h", "--max-lifetime", "2h", $"--max-leases={limit}");

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Contains("--max-leases is a number from 1 to 100000.", ran.Error, StringComparison.Ordinal);
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task DatabasesList_TellsTheLimitsThatTemplatesHave()
    {
        var templates = new[] { Template("reader", 20), Template("writer", 0) };
        script.On((ListDatabasesRequest _) => new ListDatabasesResponse { Databases = { new Database { Name = "shop", Templates = { templates } } } });

        var table = await desk.RunAsync("databases", "list");
        var json = await desk.RunAsync("databases", "list", "--json");

        Assert.EndsWith("  reader (at most 20), writer\n", table.Out, StringComparison.Ordinal);
        Assert.Equal(
            ["20", "null"],
            json.Json.GetProperty("databases")[0].GetProperty("templates").EnumerateArray().Select(template => template.GetProperty("maxLeases").GetRawText()));
    }

    [Fact]
    public async Task Credentials_WithAFileForThePassword_AreWrittenForTheirOwnerAndNotShown()
    {
        var ran = await desk.RunAsync("credentials", "create", "shop", "reader", "--secret-out", desk.InFolder("password"));

        Assert.Equal("pass-once\n", await File.ReadAllTextAsync(desk.InFolder("password")));
        Assert.Contains("Username:      reader-1\n", ran.Out, StringComparison.Ordinal);
        Assert.DoesNotContain("pass-once", ran.Out + ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Credentials_WithAFileThatCannotBeWritten_AreNotMade()
    {
        var ran = await desk.RunAsync("credentials", "create", "shop", "reader", "--secret-out", desk.InFolder("cli.json/password"));

        Assert.Equal(ExitCode.InvalidInput, ran.ExitCode);
        Assert.Empty(script.Calls);
    }

    [Fact]
    public async Task LeasesRevoke_ThatTheDatabaseDoesNotAllowYet_AnswersNo()
    {
        script.On((RevokeLeaseRequest _) => new RevokeLeaseResponse { Revoked = false });

        var ran = await desk.RunAsync("leases", "revoke", "shop/reader/1");

        Assert.Equal(ExitCode.Denied, ran.ExitCode);
        Assert.StartsWith("shop/reader/1 is not revoked yet", ran.Out, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DataKey_WithAFileForIt_IsNotShown()
    {
        var ran = await desk.RunAsync("data-key", "k", "--context", "row 7", "--size", "16", "--secret-out", desk.InFolder("key"));

        var request = script.Requests<GenerateDataKeyRequest>().Single();
        Assert.Equal(("row 7", 16), (request.Context.ToStringUtf8(), request.SizeInBytes));
        Assert.Equal("dmFsdWU=\n", await File.ReadAllTextAsync(desk.InFolder("key")));
        Assert.DoesNotContain("dmFsdWU=", ran.Out + ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KeyAlgorithm.EcdsaP256Sha256)]
    [InlineData(KeyAlgorithm.HmacSha256)]
    public async Task Sign_AndVerify_AskForWhatTheKeyringDoes(KeyAlgorithm algorithm)
    {
        script.On((GetKeyringRequest request) => new GetKeyringResponse { Keyring = new Keyring { Name = request.Name, Algorithm = algorithm, ActiveVersion = 4, CreatedAt = Answers.Noon } });
        script.On((SignRequest request) => new SignResponse { Signature = request.Data });
        script.On((ComputeMacRequest request) => new ComputeMacResponse { Mac = request.Data, KeyVersion = 4 });
        script.On((VerifyRequest request) => new VerifyResponse { Valid = request.KeyVersion == 4 && request.Signature.Equals(request.Data) });
        script.On((VerifyMacRequest request) => new VerifyMacResponse { Valid = request.KeyVersion == 4 && request.Mac.Equals(request.Data) });

        var signed = await desk.RunAsync(new TestTerminal("data?"), "sign", "k");
        var good = await desk.RunAsync(new TestTerminal("data?"), "verify", "k", signed.Out.Trim());
        var bad = await desk.RunAsync(new TestTerminal("other"), "verify", "k", signed.Out.Trim());

        Assert.Equal("4.ZGF0YT8\n", signed.Out);
        Assert.Equal((ExitCode.Ok, "valid\n"), (good.ExitCode, good.Out));
        Assert.Equal((ExitCode.Denied, "not valid\n"), (bad.ExitCode, bad.Out));
    }

    [Fact]
    public async Task Configuration_ProtectedAndUnprotected_IsWrittenToTheByte()
    {
        script.On((ProtectConfigurationRequest request) => new ProtectConfigurationResponse { Document = Reversed(request.Document), ValuesProtected = 2 });
        script.On((UnprotectConfigurationRequest request) => new UnprotectConfigurationResponse { Document = Reversed(request.Document), ValuesUnprotected = 2 });

        var closed = await desk.RunAsync(new TestTerminal("{ \"a\":1.0 }\r\n"), "configuration", "protect", "configuration", "--context", "weather");
        var opened = await desk.RunAsync(
            new TestTerminal(Encoding.UTF8.GetString(closed.OutBytes)), "configuration", "unprotect", "configuration", "--context", "weather", "--out", desk.InFolder("plain"));

        Assert.Equal("{ \"a\":1.0 }\r\n", await File.ReadAllTextAsync(desk.InFolder("plain")));
        Assert.Equal("Values encrypted: 2.\n", closed.Error);
        Assert.Equal($"{desk.InFolder("plain")} was written.\n", opened.Out);
        Assert.Equal("weather", script.Requests<UnprotectConfigurationRequest>().Single().Context.ToStringUtf8());
    }

    [Fact]
    public async Task Document_ByAPerson_IsTypedAndEnded()
    {
        script.On((MaskDataRequest request) => new MaskDataResponse { Document = request.Document });

        var ran = await desk.RunAsync(new TestTerminal("[1]", "typed") { ReadByPeople = true }, "mask");

        Assert.Equal(("[1]\n", "The JSON document; Ctrl-D ends it:\n"), (ran.Out, ran.Error));
    }

    [Fact]
    public async Task MaskAndSanitize_WithoutAUser_AreAnswered()
    {
        File.Delete(desk.SessionPath);
        script.On((MaskDataRequest request) => new MaskDataResponse { Document = request.Document });

        var masked = await desk.RunAsync(new TestTerminal("""{"a":1}"""), "mask", "--json");
        var sanitized = await desk.RunAsync(new TestTerminal("ann@example.org"), "sanitize");

        Assert.Equal("""{"a":1}""", Encoding.UTF8.GetString(masked.OutBytes));
        Assert.Equal("[email]", Encoding.UTF8.GetString(sanitized.OutBytes));
    }

    private static ByteString Reversed(ByteString bytes) => ByteString.CopyFrom([.. bytes.Reverse()]);

    private static CredentialTemplate Template(string name, int maxLeases) =>
        new() { Name = name, DefaultLifetime = new(), MaxLifetime = new(), MaxLeases = maxLeases };
}
