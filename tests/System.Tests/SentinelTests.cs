using System.Text;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Client;
using McpSecure.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace McpSecure.SystemTests;

/// <summary>Looks for what the story and the vault keep secret wherever it must not be.</summary>
[Collection(PlatformTests.Name)]
public sealed class SentinelTests(PlatformFixture fixture)
{
    private readonly Platform platform = fixture.Platform;

    [Fact]
    public void Logs_OfEveryService_HoldNoSecret()
    {
        foreach (var service in platform.Services)
        {
            Assert.NotEmpty(service.Output);
            AssertClean($"the output of {service.Name}", service.Output);
        }
    }

    [Fact]
    public async Task Telemetry_TracesMetricsAndLogs_HoldNoSecret()
    {
        // The story ends in a step of ApiKey, the vault in one of Crypto; when their spans are here, so are those before.
        await Until.TrueAsync("the last spans of story and vault", () => Task.FromResult(
            platform.Telemetry.Spans.Any(span => span.TraceId == fixture.Story.TraceOf["apikey.key.revoked"])
            && platform.Telemetry.Spans.Any(span => span.TraceId == fixture.Vault.TraceId && span.Name.EndsWith("/CreateCredentials", StringComparison.Ordinal))));

        foreach (var export in platform.Telemetry.Exports)
        {
            // Latin-1 gives every byte a character, so text inside protobuf stays findable.
            AssertClean("an export of telemetry", Encoding.Latin1.GetString(export));
        }
    }

    [Fact]
    public async Task Databases_EveryRow_HoldNoSecret()
    {
        var rows = 0;

        foreach (var service in Platform.ServiceNames)
        {
            await using var database = NpgsqlDataSource.Create(platform.ConnectionString(service));

            foreach (var table in await Tables.ListAsync(database))
            {
                await using var read = database.CreateCommand($"SELECT t::text FROM {table} t");
                await using var reader = await read.ExecuteReaderAsync();

                while (await reader.ReadAsync())
                {
                    rows++;
                    AssertClean($"{table} of {service}", reader.GetString(0));
                }
            }
        }

        Assert.True(rows > 20, $"Only {rows} rows were looked at.");
    }

    // What a caller writes into a name ends in an attribute of the event; the log is not to know whose card it is.
    [Fact]
    public async Task AuditAttributes_OfWhatACallerWrote_HoldNoPersonalData()
    {
        var story = fixture.Story;
        var made = await story.Developer.Call<ApiKeyService.ApiKeyServiceClient>().CreateApiKeyAsync(new CreateApiKeyRequest
        {
            Name = "ada@example.com, 4111 1111 1111 1111, Bearer mF_9.B5f-4.1JqM",
            Scopes = { "mcp:read" },
            Lifetime = Duration.FromTimeSpan(TimeSpan.FromHours(1)),
        });

        var events = await story.Administrator.AwaitEventsAsync(new EventFilter { Action = "apikey.key.created", Resource = $"api-keys/{made.ApiKey.ApiKeyId}" });

        Assert.Equal("[EMAIL], [CARD], Bearer [TOKEN]", Assert.Single(events).Event.Attributes["name"]);
    }

    [Fact]
    public async Task Logs_OfWhatACallerWrote_HoldNoPersonalData()
    {
        await using var client = platform.RawClientOf("cli", Peers.Crypto);
        await Assert.ThrowsAsync<RpcException>(() => client.GetRequiredService<RawClient>().CallAsync("sentinel-ada@example.com", "4111111111111111"));

        await Until.TrueAsync("the line of the refusal", () => Task.FromResult(platform[Peers.Crypto].Output.Contains("[EMAIL]/[CARD]", StringComparison.Ordinal)));

        Assert.DoesNotContain("sentinel-ada", platform[Peers.Crypto].Output, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("4111111111111111", platform[Peers.Crypto].Output, StringComparison.Ordinal);
    }

    private void AssertClean(string place, string text)
    {
        foreach (var (name, value) in Secrets())
        {
            Assert.False(Forms(value).Any(form => text.Contains(form, StringComparison.OrdinalIgnoreCase)), $"{place} holds {name}.");
        }
    }

    // As it is, in hexadecimal (a bytea as text), and in Base64 without its last characters, which depend on what follows.
    private static IEnumerable<string> Forms(string secret)
    {
        var bytes = secret.All(character => character < 256) ? Encoding.Latin1.GetBytes(secret) : Encoding.UTF8.GetBytes(secret);

        return [secret, Convert.ToHexString(bytes), Convert.ToBase64String(bytes)[..(bytes.Length / 3 * 4)]];
    }

    private IEnumerable<(string Name, string Value)> Secrets()
    {
        var story = fixture.Story;

        return
        [
            ("the bootstrap secret", platform.BootstrapSecret),
            ("the administrator's password", story.Administrator.Password),
            ("the developer's password", story.Developer.Password),
            ("the administrator's authenticator", story.Administrator.Authenticator!.Secret),
            ("the developer's authenticator", story.Developer.Authenticator!.Secret),
            ("the administrator's token", story.Administrator.Token!),
            ("the developer's token", story.Developer.Token!),
            ("the API key", story.Key.Secret),
            ("the plaintext", story.Plaintext),
            .. fixture.Vault.Secrets,
        ];
    }
}
