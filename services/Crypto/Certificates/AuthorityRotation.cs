using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using McpSecure.Audit.V1;
using McpSecure.Client;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Says how the removal of an authority ended.</summary>
internal enum RemoveResult
{
    /// <summary>It is trusted no more.</summary>
    Removed,

    /// <summary>There is no such authority in the bundle.</summary>
    NotFound,

    /// <summary>It issues, will issue, or has issued what is still in use.</summary>
    InUse,
}

/// <summary>
/// Brings authorities into the bundle and takes them out. A new one is published before it issues, and an old one stays until its last certificate has
/// ended, so no peer ever meets a certificate of an authority that it has not heard of. A change and the event that tells of it commit together.
/// </summary>
internal sealed class AuthorityRotation(
    CertificateStore store,
    AuthorityKeys keys,
    AuthorityFiles files,
    RevocationListSigning lists,
    AuditOutbox outbox,
    AuditEvents events,
    CertificateFiles identity,
    IOptions<CertificateOptions> options,
    TimeProvider clock)
{
    /// <summary>Makes sure that there is an authority: the operator's where he brought one along, else one made here.</summary>
    /// <exception cref="AuthorityFilesException">The operator's files cannot be used; nothing was changed.</exception>
    public async Task EnsureAsync(CancellationToken cancellationToken)
    {
        using var imported = files.Read();
        await store.InTransactionAsync(
            async transaction =>
            {
                var authorities = await transaction.LockAuthoritiesAsync(cancellationToken);
                if (imported is not null && !await transaction.KnowsAsync(imported.Certificate, cancellationToken))
                {
                    // Later than the first one, it is trusted only: what it issues elsewhere counts, and rotation stays ours.
                    var now = clock.GetUtcNow();
                    var id = Guid.CreateVersion7(now);
                    var authority = new CertificateAuthority(
                        id,
                        imported.Certificate,
                        Imported: true,
                        authorities.Count == 0 ? now : null,
                        imported.ExpiresAt,
                        keys.Seal(imported.Key, id, imported.Certificate),
                        List: null,
                        ListNumber: 0,
                        ListSignedAt: null);
                    await AddAsync(transaction, authority, now, events.Start("crypto.certificate_authority.imported"), cancellationToken);
                }
                else if (authorities.Count == 0)
                {
                    await CreateAsync(transaction, clock.GetUtcNow(), Created(), cancellationToken);
                }

                return true;
            },
            cancellationToken);
    }

    /// <summary>Makes the next authority. Returns null where one waits to issue already.</summary>
    public Task<CertificateAuthority?> RotateAsync(AuditEvent auditEvent, CancellationToken cancellationToken) => store.InTransactionAsync(
        async transaction =>
        {
            var now = clock.GetUtcNow();
            var authorities = await transaction.LockAuthoritiesAsync(cancellationToken);
            return authorities.Next(now) is null ? await CreateNextAsync(transaction, authorities, now, auditEvent, cancellationToken) : null;
        },
        cancellationToken);

    /// <summary>Takes an authority out of the bundle that issues no more.</summary>
    public Task<RemoveResult> RemoveAsync(Guid id, bool despiteLiveCertificates, AuditEvent auditEvent, CancellationToken cancellationToken) => store.InTransactionAsync(
        async transaction =>
        {
            var now = clock.GetUtcNow();
            var authorities = await transaction.LockAuthoritiesAsync(cancellationToken);
            if (authorities.SingleOrDefault(one => one.Id == id) is not { } authority)
            {
                return RemoveResult.NotFound;
            }

            if (authorities.StateOf(authority, now) != AuthorityState.Retired
                || (!despiteLiveCertificates && await transaction.CountLiveAsync(id, now, cancellationToken) > 0))
            {
                return RemoveResult.InUse;
            }

            await RemoveAsync(transaction, authority, now, auditEvent, cancellationToken);
            return RemoveResult.Removed;
        },
        cancellationToken);

    /// <summary>Does what is due: the next authority, the end of old ones, fresh revocation lists, an inventory without what is long over.</summary>
    public Task MaintainAsync(CancellationToken cancellationToken) => store.InTransactionAsync(
        async transaction =>
        {
            var now = clock.GetUtcNow();
            var authorities = await transaction.LockAuthoritiesAsync(cancellationToken);
            if (authorities.Next(now) is null && IsEndNear(authorities.Issuing(now), now))
            {
                await CreateNextAsync(transaction, authorities, now, Created(), cancellationToken);
            }

            foreach (var authority in authorities)
            {
                if (await IsOverAsync(transaction, authorities, authority, now, cancellationToken))
                {
                    await RemoveAsync(transaction, authority, now, events.Start("crypto.certificate_authority.removed"), cancellationToken);
                }
                else if (lists.IsDue(authority))
                {
                    await lists.SignAsync(transaction, authority, cancellationToken);
                }
            }

            await transaction.ForgetAsync(now - options.Value.Retention, cancellationToken);
            return true;
        },
        cancellationToken);

    private AuditEvent Created() => events.Start("crypto.certificate_authority.created");

    private static bool IsEndNear(CertificateAuthority? issuing, DateTimeOffset now)
    {
        if (issuing is null)
        {
            return true;
        }

        using var certificate = X509CertificateLoader.LoadCertificate(issuing.Certificate);
        return issuing.ExpiresAt - now < (issuing.ExpiresAt - new DateTimeOffset(certificate.NotBefore)) / 3;
    }

    // An imported one may have issued what is not in the inventory: it stays until it ends by itself or is removed by an administrator.
    private static async Task<bool> IsOverAsync(
        CertificateTransaction transaction, IReadOnlyCollection<CertificateAuthority> authorities, CertificateAuthority authority, DateTimeOffset now, CancellationToken cancellationToken) =>
        authority.ExpiresAt <= now
        || (!authority.Imported
            && authorities.StateOf(authority, now) == AuthorityState.Retired
            && !await transaction.HasUnexpiredAsync(authority.Id, now, cancellationToken));

    private Task<CertificateAuthority> CreateNextAsync(
        CertificateTransaction transaction, IReadOnlyList<CertificateAuthority> authorities, DateTimeOffset now, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        // Where none issues (this service was away until the last had ended), nobody's certificate holds and there is nothing to wait for.
        var issuesFrom = authorities.Issuing(now) is null ? now : now + options.Value.PublishAhead;
        return CreateAsync(transaction, issuesFrom, auditEvent, cancellationToken);
    }

    private async Task<CertificateAuthority> CreateAsync(
        CertificateTransaction transaction, DateTimeOffset issuesFrom, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var id = Guid.CreateVersion7(now);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var pkcs8 = SecretBytes.Take(key.ExportPkcs8PrivateKey());
        using var certificate = CertificateProfile.Authority(key, id, identity.Current.Id.TrustDomain, now, options.Value.AuthorityLifetime);
        var authority = new CertificateAuthority(
            id,
            certificate.RawData,
            Imported: false,
            issuesFrom,
            new DateTimeOffset(certificate.NotAfter),
            keys.Seal(pkcs8, id, certificate.RawData),
            List: null,
            ListNumber: 0,
            ListSignedAt: null);
        await AddAsync(transaction, authority, now, auditEvent, cancellationToken);
        return authority;
    }

    private async Task AddAsync(
        CertificateTransaction transaction, CertificateAuthority authority, DateTimeOffset now, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await transaction.AddAsync(authority, now, cancellationToken);
        await lists.SignAsync(transaction, authority, cancellationToken);
        await outbox.AddAsync(
            transaction.Database,
            auditEvent.On($"certificate-authorities/{authority.Id}")
                .With("issues_from", authority.IssuesFrom is { } from ? $"{from:u}" : "never").With("expires_at", $"{authority.ExpiresAt:u}"),
            cancellationToken);
    }

    private async Task RemoveAsync(
        CertificateTransaction transaction, CertificateAuthority authority, DateTimeOffset now, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await transaction.RemoveAsync(authority.Id, now, cancellationToken);
        await outbox.AddAsync(transaction.Database, auditEvent.On($"certificate-authorities/{authority.Id}"), cancellationToken);
    }
}
