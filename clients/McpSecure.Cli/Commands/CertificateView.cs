using System.Security.Cryptography;
using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Shows a certificate.</summary>
internal sealed record CertificateView(
    string Workload, string Serial, string AuthorityId, DateTimeOffset IssuedAt, DateTimeOffset ExpiresAt, DateTimeOffset? RevokedAt, string Pem)
{
    public static CertificateView Of(Certificate certificate) => new(
        certificate.Workload,
        certificate.Serial,
        certificate.AuthorityId,
        certificate.IssuedAt.ToDateTimeOffset(),
        certificate.ExpiresAt.ToDateTimeOffset(),
        certificate.RevokedAt?.ToDateTimeOffset(),
        PemEncoding.WriteString("CERTIFICATE", certificate.Certificate_.Span));
}

/// <summary>Shows an authority.</summary>
internal sealed record AuthorityView(
    string AuthorityId, AuthorityState State, bool Imported, DateTimeOffset? IssuesFrom, DateTimeOffset ExpiresAt, string Pem)
{
    public static AuthorityView Of(Authority authority) => new(
        authority.AuthorityId,
        authority.State,
        authority.Imported,
        authority.IssuesFrom?.ToDateTimeOffset(),
        authority.ExpiresAt.ToDateTimeOffset(),
        PemEncoding.WriteString("CERTIFICATE", authority.Certificate.Span));

    public static string ForPeople(AuthorityView authority) => Table.Details(
        ("Id", authority.AuthorityId),
        ("State", StateName(authority.State)),
        ("Issues from", Text.Time(authority.IssuesFrom)),
        ("Ends", Text.Time(authority.ExpiresAt)));

    public static string StateName(AuthorityState state) => state switch
    {
        AuthorityState.Unspecified => "unknown",
        AuthorityState.Published => "published",
        AuthorityState.Issuing => "issuing",
        AuthorityState.Retired => "retired",
    };
}
