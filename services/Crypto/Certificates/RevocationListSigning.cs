using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Signs revocation lists and stores them.</summary>
internal sealed class RevocationListSigning(AuthorityKeys keys, IOptions<CertificateOptions> options, TimeProvider clock)
{
    /// <summary>Tells whether an authority has no list, or one of which half the time is over.</summary>
    public bool IsDue(CertificateAuthority authority) =>
        authority.ListSignedAt is not { } signed || clock.GetUtcNow() - signed >= options.Value.RevocationListLifetime / 2;

    /// <summary>Signs the list of an authority anew. The authorities must be locked.</summary>
    public async Task SignAsync(CertificateTransaction transaction, CertificateAuthority authority, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var lifetime = options.Value.RevocationListLifetime;

        // RFC 5280 §3.3: an entry stays until it was on a list that was signed after the certificate's end; lists are signed twice in a lifetime.
        var revoked = await transaction.RevokedAsync(authority.Id, now - lifetime, cancellationToken);

        // §5.2.3: growing. Of the time, so that a database that was restored, or is new, gives none that is lower than one already seen.
        var number = Math.Max(authority.ListNumber + 1, now.ToUnixTimeMilliseconds());
        using var open = keys.Open(authority);
        await transaction.PutListAsync(authority.Id, open.SignList(revoked, number, now, lifetime), number, now, cancellationToken);
    }
}
