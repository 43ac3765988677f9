using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpSecure.Client;

/// <summary>Holds the newest revocation list of each root that we trust. Never changes.</summary>
/// <remarks>Source: RFC 5280 §6.3. The platform's own chain building would fetch lists over the network, or not look at any.</remarks>
internal sealed class RevocationLists
{
    private readonly Dictionary<string, RevocationList> byIssuer = new(StringComparer.Ordinal);

    /// <summary>Gets lists that revoke nothing.</summary>
    public static RevocationLists None { get; } = new();

    /// <summary>Gets whether there is no list.</summary>
    public bool IsEmpty => byIssuer.Count == 0;

    /// <summary>
    /// Reads lists from PEM (label <c>X509 CRL</c>, RFC 7468 §6). A list of an issuer that is not among the roots is left out: the two files are
    /// replaced one after the other.
    /// </summary>
    /// <exception cref="CryptographicException">A list cannot be read, or was not signed by the root that it names; the message says so.</exception>
    public static RevocationLists Read(string pem, X509Certificate2Collection roots)
    {
        var lists = new RevocationLists();
        var rest = pem.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label] is not "X509 CRL")
            {
                throw new CryptographicException($"it holds a PEM block that is no revocation list: {rest[fields.Label]}");
            }

            lists.Add(RevocationList.Read(Convert.FromBase64String(rest[fields.Base64Data].ToString())), roots);
            rest = rest[fields.Location.End..];
        }

        return rest.Trim().IsEmpty ? lists : throw new CryptographicException("it holds something that is no PEM block");
    }

    /// <summary>Tells whether an issuer revoked a certificate.</summary>
    public bool Revokes(X509Certificate2 certificate, X509Certificate2 issuer) =>
        byIssuer.TryGetValue(KeyOf(issuer), out var list) && list.Names(certificate);

    /// <summary>Says why these lists must not follow others; null where they may. A list may not grow older, nor vanish while its issuer is trusted.</summary>
    public string? WhyNotAfter(RevocationLists before, X509Certificate2Collection roots)
    {
        var trusted = roots.Select(KeyOf).ToHashSet(StringComparer.Ordinal);
        foreach (var (issuer, old) in before.byIssuer.Where(list => trusted.Contains(list.Key)))
        {
            if (!byIssuer.TryGetValue(issuer, out var list) || list.Number < old.Number)
            {
                return $"the revocation list {old.Number} of {old.IssuerName} was replaced by an older one or by none";
            }
        }

        return null;
    }

    /// <summary>Returns the time at which a list was due to be replaced and was not, or null where all are fresh.</summary>
    public DateTimeOffset? StaleSince(DateTimeOffset now)
    {
        DateTimeOffset? since = null;
        foreach (var list in byIssuer.Values.Where(list => list.NextUpdate <= now))
        {
            since = since < list.NextUpdate ? since : list.NextUpdate;
        }

        return since;
    }

    private void Add(RevocationList list, X509Certificate2Collection roots)
    {
        var named = roots.Where(root => root.SubjectName.RawData.AsSpan().SequenceEqual(list.Issuer)).ToList();
        if (named.Count == 0)
        {
            return;
        }

        var issuer = named.Find(list.IsSignedBy) ?? throw new CryptographicException($"the revocation list of {list.IssuerName} is not signed by it");
        if (!byIssuer.TryGetValue(KeyOf(issuer), out var other) || other.Number < list.Number)
        {
            byIssuer[KeyOf(issuer)] = list;
        }
    }

    // The key, not the name, is what signs.
    private static string KeyOf(X509Certificate2 issuer) => Convert.ToHexString(SHA256.HashData(issuer.PublicKey.ExportSubjectPublicKeyInfo()));
}
