using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Crypto.V1;
using Messages = McpSecure.Crypto.V1;

namespace McpSecure.Crypto;

/// <summary>Translates between what is stored and what is sent.</summary>
internal static class CertificateMessages
{
    public static Certificate Of(IssuedCertificate certificate) => new()
    {
        Serial = Convert.ToHexStringLower(certificate.Serial),
        Workload = certificate.Workload,
        AuthorityId = certificate.Authority.ToString(),
        Certificate_ = ByteString.CopyFrom(certificate.Certificate),
        IssuedAt = certificate.IssuedAt.ToTimestamp(),
        ExpiresAt = certificate.ExpiresAt.ToTimestamp(),
        RevokedAt = certificate.Revocation?.At.ToTimestamp(),
        RevocationReason = Of(certificate.Revocation?.Reason),
    };

    public static Authority Of(CertificateAuthority authority, AuthorityState state) => new()
    {
        AuthorityId = authority.Id.ToString(),
        State = state switch
        {
            AuthorityState.Published => Messages.AuthorityState.Published,
            AuthorityState.Issuing => Messages.AuthorityState.Issuing,
            AuthorityState.Retired => Messages.AuthorityState.Retired,
        },
        Certificate = ByteString.CopyFrom(authority.Certificate),
        RevocationList = ByteString.CopyFrom(authority.List ?? []),
        IssuesFrom = authority.IssuesFrom?.ToTimestamp(),
        ExpiresAt = authority.ExpiresAt.ToTimestamp(),
        Imported = authority.Imported,
    };

    /// <summary>Reads a serial number as it is stored, without leading zeros.</summary>
    public static byte[] Serial(string hex) => Convert.FromHexString(hex).AsSpan().TrimStart((byte)0).ToArray();

    public static X509RevocationReason Reason(RevocationReason reason) => reason switch
    {
        RevocationReason.Unspecified => X509RevocationReason.Unspecified,
        RevocationReason.KeyCompromise => X509RevocationReason.KeyCompromise,
        RevocationReason.Superseded => X509RevocationReason.Superseded,
        RevocationReason.CessationOfOperation => X509RevocationReason.CessationOfOperation,
    };

    private static RevocationReason Of(X509RevocationReason? reason) => reason switch
    {
        X509RevocationReason.KeyCompromise => RevocationReason.KeyCompromise,
        X509RevocationReason.Superseded => RevocationReason.Superseded,
        X509RevocationReason.CessationOfOperation => RevocationReason.CessationOfOperation,
        _ => RevocationReason.Unspecified,
    };
}
