using System.Collections.ObjectModel;
using System.Diagnostics;
using System.Net;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey;

/// <summary>A key that is wished for.</summary>
/// <param name="OwnerId">Whose it will be.</param>
/// <param name="Name">What its owner calls it.</param>
/// <param name="Scopes">What to narrow it to: known scopes, each once.</param>
/// <param name="Lifetime">How long it lives; null: until revoked.</param>
internal sealed record NewApiKey(Guid OwnerId, string Name, IReadOnlyList<string> Scopes, TimeSpan? Lifetime)
{
    public Guid? OrganizationId { get; init; }

    public IReadOnlyList<KeyPermission> Permissions { get; init; } = [];

    public IReadOnlyList<IPNetwork> AllowedNetworks { get; init; } = [];

    public KeyRateLimit? RateLimit { get; init; }

    public IReadOnlyDictionary<string, string> Metadata { get; init; } = ReadOnlyDictionary<string, string>.Empty;
}

/// <summary>What became of the wish for a key.</summary>
internal abstract record IssueResult
{
    private IssueResult()
    {
    }

    internal sealed record Issued(ApiKeyRecord Key, ApiKeySecret Secret) : IssueResult;

    /// <summary>The owner or the organization has as many live keys as are allowed.</summary>
    internal sealed record LimitReached(string Whose, int Allowed) : IssueResult;
}

/// <summary>Makes keys.</summary>
internal sealed class ApiKeyIssuer(
    IApiKeyStore store, PepperSource pepper, KeyPrefixes prefixes, SecretHasher hasher, IOptions<ApiKeyOptions> options, TimeProvider clock)
{
    private readonly KeyLimits limits = new(options.Value.LiveKeysPerOwner, options.Value.LiveKeysPerOrganization);

    /// <summary>Makes a key on the authority of a token.</summary>
    /// <param name="wanted">The key.</param>
    /// <param name="tokenScopes">What the token is narrowed to; none: not narrowed.</param>
    /// <param name="started">The audit event, started.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="Refusal">GRANT_EXCEEDS_GRANTOR, BUSY, or DEPENDENCY_UNAVAILABLE while the pepper is not there.</exception>
    public async Task<IssueResult> IssueAsync(
        NewApiKey wanted, IReadOnlyCollection<string> tokenScopes, AuditEvent started, CancellationToken cancellationToken)
    {
        Grants.RequireWithin(tokenScopes, wanted.Scopes);

        // Looked up before the costly part; counted for good where the key is added.
        var now = clock.GetUtcNow();
        if (await store.CountLiveAsync(wanted.OwnerId, now, cancellationToken) >= limits.PerOwner)
        {
            return new IssueResult.LimitReached("owner", limits.PerOwner);
        }

        var id = ApiKeyId.New(now);
        var secret = ApiKeySecret.New(prefixes.Current, id, pepper.Current);
        var hash = await hasher.HashAsync(secret.Body, cancellationToken);
        var key = new ApiKeyRecord(id, wanted.OwnerId, wanted.Name, wanted.Scopes, hash, now, now + wanted.Lifetime, RevokedAt: null)
        {
            Prefix = prefixes.Current,
            OrganizationId = wanted.OrganizationId,
            Permissions = wanted.Permissions,
            AllowedNetworks = wanted.AllowedNetworks,
            RateLimit = wanted.RateLimit,
            Metadata = wanted.Metadata,
        };

        return await store.AddAsync(key, limits, Events.Describe(started, key), cancellationToken) switch
        {
            AddResult.Added(var added) => new IssueResult.Issued(added, secret),
            AddResult.OwnerIsFull => new IssueResult.LimitReached("owner", limits.PerOwner),
            AddResult.OrganizationIsFull => new IssueResult.LimitReached("organization", limits.PerOrganization),
            _ => throw new UnreachableException(),
        };
    }
}
