using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using McpSecure.Testing;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey.Tests;

/// <summary>The rules of API keys on a clock that tests turn and a store in memory, with bcrypt at its quickest.</summary>
internal sealed class Workshop : IDisposable
{
    public Workshop(ApiKeyOptions? options = null, InMemoryApiKeyStore? store = null, bool opened = true, LockoutOptions? lockout = null, InvalidationChannel? channel = null)
    {
        Store = store ?? Store;
        var settings = Options.Create(options ?? new ApiKeyOptions { WorkFactor = 4, ConcurrentHashes = 2, WaitingHashes = 64 });
        channel ??= new InvalidationChannel(Clock, NullLogger<InvalidationChannel>.Instance);
        var rules = new RateLimitRules(Options.Create(new RateLimitsOptions()));
        Reader = new ApiKeyReader(Store, rules, channel, Clock);
        Hasher = new SecretHasher(settings, Hashes.Metrics, TimeProvider.System);
        var source = new PepperSource();
        if (opened)
        {
            source.Open(Pepper);
        }

        var prefixes = new KeyPrefixes(settings);
        Issuer = new ApiKeyIssuer(Store, source, prefixes, Hasher, settings, Clock);
        Imported = new ImportedKeys(Store, channel, Clock);
        var upgrade = new SecretUpgrade(Hasher, Store, Reader, new AuditEvents("apikey", Clock), NullLogger<SecretUpgrade>.Instance);
        Proof = new KeyProof(source, prefixes, Imported, Reader, new SecretVerifier(Hasher), upgrade);
        Lockout = new AddressLockout(Limits.NoRedis(Clock), Options.Create(lockout ?? new LockoutOptions()), Clock);
        var limiter = Limits.Limiter(new LocalRateCounters(replicas: 1, Clock), Clock);
        Verifier = new ApiKeyVerifier(Proof, new KeyJudge(rules, limiter, Clock), Reader, Lockout);
        Revocation = new ApiKeyRevocation(Store, Reader, Clock);
    }

    public static Guid Owner { get; } = new("0190b5a1-0000-7000-8000-000000000001");

    public FakeClock Clock { get; } = new();

    public InMemoryApiKeyStore Store { get; } = new();

    public HashCount Hashes { get; } = new();

    public Pepper Pepper { get; } = new(Enumerable.Repeat((byte)3, Pepper.SizeInBytes).ToArray());

    public SecretHasher Hasher { get; }

    public ApiKeyReader Reader { get; }

    public ApiKeyIssuer Issuer { get; }

    public ImportedKeys Imported { get; }

    public KeyProof Proof { get; }

    public AddressLockout Lockout { get; }

    public ApiKeyVerifier Verifier { get; }

    public ApiKeyRevocation Revocation { get; }

    /// <summary>Gives the prefixes of settings.</summary>
    public static KeyPrefixes Prefixes(string current = ApiKeyFormat.DefaultPrefix, params string[] accepted) =>
        new(Options.Create(new ApiKeyOptions { Prefix = current, AcceptedPrefixes = accepted }));

    public Task<IssueResult> TryIssueAsync(TimeSpan? lifetime = null, string[]? tokenScopes = null, params string[] scopes) =>
        Issuer.IssueAsync(
            new NewApiKey(Owner, "laptop", scopes.Length == 0 ? ["mcp:read"] : scopes, lifetime), tokenScopes ?? [], new AuditEvent(), CancellationToken.None);

    public async Task<IssueResult.Issued> IssueAsync(TimeSpan? lifetime = null) => Assert.IsType<IssueResult.Issued>(await TryIssueAsync(lifetime));

    public Task<VerifyResult> VerifyAsync(string text, params string[] required) => VerifyAsync(new KeyQuestion(text, new() { required }));

    public async Task<VerifyResult> VerifyAsync(KeyQuestion question) => await Verifier.VerifyAsync(question, CancellationToken.None);

    /// <summary>Makes a text that gets past the checksum, as only somebody can who has stolen the pepper.</summary>
    public string WrongSecretFor(ApiKeyId id) => ApiKeySecret.New(ApiKeyFormat.DefaultPrefix, id, Pepper).Reveal();

    /// <summary>Makes a text for a real id as anybody can: the checksum is a guess.</summary>
    public static string ForgeryFor(ApiKeyId id) => $"{ApiKeyFormat.DefaultPrefix}{ApiKeyFormat.NewBody(id)}{ApiKeyFormat.NewBody(id)[^ApiKeyFormat.ChecksumLength..]}";

    public void Dispose()
    {
        Imported.Dispose();
        Reader.Dispose();
        Hasher.Dispose();
        Hashes.Dispose();
    }
}
