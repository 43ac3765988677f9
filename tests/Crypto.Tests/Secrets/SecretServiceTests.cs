using System.Runtime.Versioning;
using System.Security.Cryptography;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace McpSecure.Crypto.Tests;

[SupportedOSPlatform("linux")]
public sealed class SecretServiceTests(CryptoPlatform platform) : IClassFixture<CryptoPlatform>
{
    private readonly TestActor user = platform.Actors.SignIn("sam", "secrets*:*");
    private readonly SecretService.SecretServiceClient secrets = platform.Secrets("cli");

    [Fact]
    public async Task Get_AfterPuts_GivesTheNewestOrTheVersionAskedFor()
    {
        Assert.Equal(1, await PutAsync("app/key", "one"));
        Assert.Equal(2, await PutAsync("app/key", "two"));

        Assert.Equal("two", await ReadAsync("app/key"));
        Assert.Equal("one", await ReadAsync("app/key", 1));
        await secrets.GetSecretAsync(new() { Path = "app/key", Version = 3 }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretNotFound);
        await secrets.GetSecretAsync(new() { Path = "app/none" }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretNotFound);
    }

    [Fact]
    public async Task Put_OfTheLargestValue_ComesBackWhole_AndOneByteMoreIsRefused()
    {
        var value = RandomNumberGenerator.GetBytes(65536);
        await secrets.PutSecretAsync(new() { Path = "large", Value = ByteString.CopyFrom(value) }, user.Metadata);

        Assert.Equal(value, (await secrets.GetSecretAsync(new() { Path = "large" }, user.Metadata)).Value.ToByteArray());
        await secrets.PutSecretAsync(new() { Path = "large", Value = ByteString.CopyFrom([.. value, 1]) }, user.Metadata).AssertFieldsRefusedAsync("value");
    }

    [Fact]
    public async Task Put_ExpectingAVersion_IsWrittenOnlyOverThatVersion()
    {
        await PutAsync("checked", "one", expected: 0);
        var conflict = await Put("checked", "again", expected: 0).AssertRefusedAsync(ErrorReason.SecretVersionConflict);
        Assert.Equal("1", conflict.Metadata["newest_version"]);

        Assert.Equal(2, await PutAsync("checked", "two", expected: 1));
        await Put("checked", "late", expected: 1).AssertRefusedAsync(ErrorReason.SecretVersionConflict);
        await Put("checked-none", "early", expected: 1).AssertRefusedAsync(ErrorReason.SecretVersionConflict);
        Assert.Equal("two", await ReadAsync("checked"));
    }

    [Fact]
    public async Task Put_InParallelExpectingTheSameVersion_OnTwoReplicas_OneWins()
    {
        await PutAsync("raced", "start");
        var other = platform.Secrets("cli", await platform.StartReplicaAsync());

        foreach (var (path, expected) in new[] { ("raced", 1), ("raced-new", 0) })
        {
            var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
            {
                var call = (i % 2 == 0 ? secrets : other).PutSecretAsync(
                    new() { Path = path, Value = ByteString.CopyFromUtf8($"writer {i}"), ExpectedVersion = expected }, user.Metadata);
                try
                {
                    return (await call).Version.Version;
                }
                catch (Grpc.Core.RpcException)
                {
                    await call.AssertRefusedAsync(ErrorReason.SecretVersionConflict);
                    return 0;
                }
            }));

            Assert.Equal([expected + 1], outcomes.Where(version => version > 0));
        }
    }

    [Fact]
    public async Task Put_InParallelUnchecked_WritesAVersionEach()
    {
        var versions = await Task.WhenAll(Enumerable.Range(0, 8).Select(i => PutAsync("crowded", $"{i}")));

        Assert.Equal(Enumerable.Range(1, 8), versions.Order());
        foreach (var (version, i) in versions.Select((version, i) => (version, i)))
        {
            Assert.Equal($"{i}", await ReadAsync("crowded", version));
        }
    }

    [Fact]
    public async Task Put_WhereACheckIsRequired_MustSayWhatItExpects()
    {
        await PutAsync("strict", "one");
        await secrets.UpdateSecretMetadataAsync(new() { Path = "strict", Settings = new() { CheckRequired = true } }, user.Metadata);

        await secrets.PutSecretAsync(new() { Path = "strict", Value = ByteString.CopyFromUtf8("x") }, user.Metadata).AssertFieldsRefusedAsync("expected_version");
        Assert.Equal(2, await PutAsync("strict", "two", expected: 1));
    }

    [Fact]
    public async Task Put_BeyondTheMostToKeep_DestroysTheOldest()
    {
        for (var i = 1; i <= 12; i++)
        {
            await PutAsync("pruned", $"{i}");
        }

        Assert.Equal(Enumerable.Range(3, 10), (await DescribeAsync("pruned")).Versions.Select(version => version.Version));

        var less = await secrets.UpdateSecretMetadataAsync(new() { Path = "pruned", Settings = new() { MaxVersions = 2 } }, user.Metadata);
        Assert.Equal([11, 12], less.Secret.Versions.Select(version => version.Version));
        await secrets.GetSecretAsync(new() { Path = "pruned", Version = 10 }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretNotFound);
    }

    [Fact]
    public async Task Delete_HidesAValue_AndUndeleteBringsItBack()
    {
        await PutAsync("softly", "one");
        await PutAsync("softly", "two");

        await secrets.DeleteSecretVersionsAsync(new() { Path = "softly", Versions = { 2 } }, user.Metadata);
        await secrets.GetSecretAsync(new() { Path = "softly" }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretNotFound);
        Assert.Equal("one", await ReadAsync("softly", 1));
        Assert.Equal([V1.SecretVersionState.Live, V1.SecretVersionState.Deleted], (await DescribeAsync("softly")).Versions.Select(version => version.State));

        await secrets.UndeleteSecretVersionsAsync(new() { Path = "softly", Versions = { 2 } }, user.Metadata);
        Assert.Equal("two", await ReadAsync("softly"));
    }

    [Fact]
    public async Task Delete_WhereOneVersionIsNotThere_ChangesNothing()
    {
        await PutAsync("partly", "one");

        await secrets.DeleteSecretVersionsAsync(new() { Path = "partly", Versions = { 1, 2 } }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretNotFound);

        Assert.Equal("one", await ReadAsync("partly"));
    }

    [Fact]
    public async Task Destroy_LeavesNothingToUndelete()
    {
        await PutAsync("gone", "one");

        var destroyed = await secrets.DestroySecretVersionsAsync(new() { Path = "gone", Versions = { 1, 1 } }, user.Metadata);
        await secrets.UndeleteSecretVersionsAsync(new() { Path = "gone", Versions = { 1 } }, user.Metadata);

        Assert.Equal(V1.SecretVersionState.Destroyed, Assert.Single(destroyed.Secret.Versions).State);
        await secrets.GetSecretAsync(new() { Path = "gone" }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretNotFound);
        Assert.Equal(0, await platform.CountAsync("SELECT count(*) FROM secret_versions v JOIN secrets s ON s.id = v.secret WHERE s.path = 'gone' AND v.sealed IS NOT NULL"));
    }

    [Fact]
    public async Task DeleteSecret_TakesAllVersions_AndItsSealedValuesOpenInNoSuccessor()
    {
        await PutAsync("reused", "before");
        await platform.TamperAsync("CREATE TABLE kept AS SELECT v.sealed FROM secret_versions v JOIN secrets s ON s.id = v.secret WHERE s.path = 'reused'");
        await secrets.DeleteSecretAsync(new() { Path = "reused" }, user.Metadata);
        await secrets.GetSecretMetadataAsync(new() { Path = "reused" }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretNotFound);
        await secrets.DeleteSecretAsync(new() { Path = "reused" }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretNotFound);

        Assert.Equal(1, await PutAsync("reused", "after"));
        await platform.TamperAsync("UPDATE secret_versions SET sealed = (SELECT sealed FROM kept) WHERE secret = (SELECT id FROM secrets WHERE path = 'reused')");

        await secrets.GetSecretAsync(new() { Path = "reused" }, user.Metadata).AssertRefusedAsync(ErrorReason.Internal);
    }

    [Fact]
    public async Task Get_OfAValueMovedFromAnotherPath_IsRefused()
    {
        await PutAsync("victim", "theirs");
        await PutAsync("thief", "mine");
        await platform.TamperAsync(
            """
            UPDATE secret_versions SET sealed = (SELECT v.sealed FROM secret_versions v JOIN secrets s ON s.id = v.secret WHERE s.path = 'victim')
            WHERE secret = (SELECT id FROM secrets WHERE path = 'thief')
            """);

        await secrets.GetSecretAsync(new() { Path = "thief" }, user.Metadata).AssertRefusedAsync(ErrorReason.Internal);
    }

    [Fact]
    public async Task Get_OfAnExpiredVersion_IsNotFound()
    {
        await secrets.PutSecretAsync(new() { Path = "brief", Value = ByteString.CopyFromUtf8("x"), Lifetime = Duration.FromTimeSpan(TimeSpan.FromSeconds(1)) }, user.Metadata);
        await secrets.UpdateSecretMetadataAsync(
            new() { Path = "brief", Settings = new() { VersionLifetime = Duration.FromTimeSpan(TimeSpan.FromHours(1)) } }, user.Metadata);
        Assert.Equal("x", await ReadAsync("brief"));

        await Task.Delay(TimeSpan.FromSeconds(1.1));
        await secrets.GetSecretAsync(new() { Path = "brief" }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretNotFound);

        await PutAsync("brief", "y");
        var versions = (await DescribeAsync("brief")).Versions;
        Assert.Equal([V1.SecretVersionState.Expired, V1.SecretVersionState.Live], versions.Select(version => version.State));
        Assert.Equal(TimeSpan.FromHours(1), versions[1].ExpiresAt.ToDateTime() - versions[1].CreatedAt.ToDateTime());
    }

    [Fact]
    public async Task Metadata_OnceSet_IsAnsweredAndReplacedAsAWhole()
    {
        await PutAsync("described", "x");
        await secrets.UpdateSecretMetadataAsync(new() { Path = "described", Settings = new() { CustomMetadata = { ["owner"] = "team a", ["ünï"] = "cødé" } } }, user.Metadata);
        Assert.Equal("team a", (await DescribeAsync("described")).Settings.CustomMetadata["owner"]);

        await secrets.UpdateSecretMetadataAsync(new() { Path = "described", Settings = new() { MaxVersions = 3 } }, user.Metadata);
        var settings = (await DescribeAsync("described")).Settings;
        Assert.Equal((3, 0), (settings.MaxVersions, settings.CustomMetadata.Count));
        await secrets.UpdateSecretMetadataAsync(new() { Path = "described-none", Settings = new() }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretNotFound);
    }

    [Fact]
    public async Task List_OfAFolderPageByPage_GivesEachOnceAndNothingElse()
    {
        foreach (var path in new[] { "list/b", "list/a/z", "list/c", "lists/x", "list", "list-x/y" })
        {
            await PutAsync(path, "x");
        }

        var paths = new List<string>();
        var token = "";
        do
        {
            var page = await secrets.ListSecretsAsync(new() { Folder = "list", PageSize = 2, PageToken = token }, user.Metadata);
            Assert.InRange(page.Secrets.Count, 1, 2);
            paths.AddRange(page.Secrets.Select(secret => secret.Path));
            token = page.NextPageToken;
        }
        while (token.Length > 0);

        Assert.Equal(["list/a/z", "list/b", "list/c"], paths);
        await secrets.ListSecretsAsync(new() { Folder = "list", PageToken = "bGlzdHMveA" }, user.Metadata).AssertRefusedAsync(ErrorReason.PageTokenInvalid);
        await secrets.ListSecretsAsync(new() { PageToken = "bGlzdHMveA=" }, user.Metadata).AssertRefusedAsync(ErrorReason.PageTokenInvalid);
    }

    [Fact]
    public async Task Call_WithoutTheRight_IsRefusedWhetherOrNotTheSecretIsThere()
    {
        await PutAsync("guarded/key", "x");
        var reader = platform.Actors.SignIn("rita", "secrets/guarded/*:read");

        Assert.Equal("x", (await secrets.GetSecretAsync(new() { Path = "guarded/key" }, reader.Metadata)).Value.ToStringUtf8());
        await secrets.PutSecretAsync(new() { Path = "guarded/key", Value = ByteString.CopyFromUtf8("y") }, reader.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await secrets.DeleteSecretVersionsAsync(new() { Path = "guarded/key", Versions = { 1 } }, reader.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await secrets.DestroySecretVersionsAsync(new() { Path = "guarded/key", Versions = { 1 } }, reader.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await secrets.DeleteSecretAsync(new() { Path = "guarded/key" }, reader.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await secrets.ListSecretsAsync(new() { Folder = "guarded" }, reader.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await secrets.GetSecretAsync(new() { Path = "elsewhere" }, reader.Metadata).AssertRefusedAsync(ErrorReason.PermissionDenied);
        await platform.Secrets("auth").GetSecretAsync(new() { Path = "guarded/key" }, user.Metadata).AssertRefusedAsync(ErrorReason.CallerNotAllowed);
    }

    [Fact]
    public async Task Destruction_WithoutARecentSecondFactor_IsRefused()
    {
        await PutAsync("stepped", "x");
        var careless = platform.Actors.SignInWithPasswordOnly("carl", "secrets*:*");

        await secrets.DestroySecretVersionsAsync(new() { Path = "stepped", Versions = { 1 } }, careless.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);
        await secrets.DeleteSecretAsync(new() { Path = "stepped" }, careless.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);
        await secrets.UpdateSecretMetadataAsync(new() { Path = "stepped", Settings = new() { MaxVersions = 1 } }, careless.Metadata).AssertRefusedAsync(ErrorReason.StepUpRequired);

        Assert.Equal("x", await ReadAsync("stepped"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("a/../b")]
    [InlineData("a*")]
    [InlineData("ä")]
    public async Task Path_ThatIsNone_IsRefused(string path) =>
        await secrets.GetSecretAsync(new() { Path = path }, user.Metadata).AssertFieldsRefusedAsync("path");

    [Fact]
    public async Task Request_OutOfRange_IsRefusedWithItsFields()
    {
        await secrets.GetSecretAsync(new() { Path = new string('a', 201), Version = -1 }, user.Metadata).AssertFieldsRefusedAsync("path", "version");
        await secrets.PutSecretAsync(new() { Path = "p", ExpectedVersion = -1 }, user.Metadata).AssertFieldsRefusedAsync("value", "expected_version");
        await secrets.DeleteSecretVersionsAsync(new() { Path = "p" }, user.Metadata).AssertFieldsRefusedAsync("versions");
        await secrets.DeleteSecretVersionsAsync(new() { Path = "p", Versions = { 0 } }, user.Metadata).AssertFieldsRefusedAsync("versions[0]");
        await secrets.UpdateSecretMetadataAsync(new() { Path = "p", Settings = new() { MaxVersions = 101 } }, user.Metadata).AssertFieldsRefusedAsync("settings.max_versions");
    }

    [Fact]
    public async Task Events_OfASecretsLife_TellAllOfIt_AndNeitherTheyNorTheLogHoldTheValue()
    {
        var sentinel = $"sentinel-{RandomNumberGenerator.GetHexString(32)}";
        using var log = new LogCapture();
        var replica = await platform.StartUnreadyReplicaAsync(
            platform.ConnectionString, services => services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(log)));
        await replica.WaitUntilReadyAsync();
        var here = platform.Secrets("cli", replica);

        await here.PutSecretAsync(new() { Path = "told", Value = ByteString.CopyFromUtf8(sentinel) }, user.Metadata);
        await here.GetSecretAsync(new() { Path = "told" }, user.Metadata);
        await here.DeleteSecretVersionsAsync(new() { Path = "told", Versions = { 1 } }, user.Metadata);
        await here.GetSecretAsync(new() { Path = "told" }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretNotFound);
        await here.PutSecretAsync(new() { Path = "told", Value = ByteString.CopyFromUtf8(sentinel), ExpectedVersion = 7 }, user.Metadata).AssertRefusedAsync(ErrorReason.SecretVersionConflict);
        await here.DestroySecretVersionsAsync(new() { Path = "told", Versions = { 1 } }, user.Metadata);
        await here.DeleteSecretAsync(new() { Path = "told" }, user.Metadata);

        foreach (var (action, outcome) in new[]
        {
            ("crypto.secret.written", Outcome.Success), ("crypto.secret.read", Outcome.Success), ("crypto.secret_version.deleted", Outcome.Success),
            ("crypto.secret.read", Outcome.Denied), ("crypto.secret.written", Outcome.Denied), ("crypto.secret_version.destroyed", Outcome.Success), ("crypto.secret.deleted", Outcome.Success),
        })
        {
            var told = await platform.Audit.FindAsync(action, one => one.Resource == "secrets/told" && one.Outcome == outcome);
            Assert.Equal(user.Actor.UserId, told.Actor.Id);
        }

        Assert.DoesNotContain(platform.Audit.All, one => one.ToString().Contains(sentinel, StringComparison.Ordinal));
        Assert.NotEmpty(log.Lines);
        Assert.DoesNotContain(log.Lines, line => line.Contains(sentinel, StringComparison.Ordinal));
    }

    private Grpc.Core.AsyncUnaryCall<PutSecretResponse> Put(string path, string value, int? expected = null)
    {
        var request = new PutSecretRequest { Path = path, Value = ByteString.CopyFromUtf8(value) };
        if (expected is { } version)
        {
            request.ExpectedVersion = version;
        }

        return secrets.PutSecretAsync(request, user.Metadata);
    }

    private async Task<int> PutAsync(string path, string value, int? expected = null) => (await Put(path, value, expected)).Version.Version;

    private async Task<string> ReadAsync(string path, int version = 0) =>
        (await secrets.GetSecretAsync(new() { Path = path, Version = version }, user.Metadata)).Value.ToStringUtf8();

    private async Task<SecretMetadata> DescribeAsync(string path) => (await secrets.GetSecretMetadataAsync(new() { Path = path }, user.Metadata)).Secret;
}
