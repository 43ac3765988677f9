using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Lists who may call which rpc.</summary>
internal static class Callers
{
    private static readonly Caller Auth = Caller.Service("auth");
    private static readonly Caller ApiKey = Caller.Service("apikey");
    private static readonly Caller CommandLine = Caller.Service("cli");
    private static readonly Caller[] Everybody = [Auth, ApiKey, Caller.Service("authorization"), Caller.Service("audit"), CommandLine, Caller.Applications];

    public static readonly CallerPolicy Policy = CallerPolicy
        .For(
            EncryptionService.Descriptor,
            FernetService.Descriptor,
            DataProtectionService.Descriptor,
            SigningService.Descriptor,
            KeyService.Descriptor,
            SecretService.Descriptor,
            CertificateService.Descriptor,
            DatabaseService.Descriptor,
            LeaseService.Descriptor,
            DatabaseAccountService.Descriptor)
        .Allow("mcpsecure.crypto.v1.EncryptionService/Encrypt", Auth, ApiKey, CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.EncryptionService/Decrypt", Auth, ApiKey, CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.EncryptionService/EncryptBatch", Auth, ApiKey, CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.EncryptionService/DecryptBatch", Auth, ApiKey, CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.EncryptionService/Rewrap", Auth, ApiKey, CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.EncryptionService/RewrapBatch", Auth, ApiKey, CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.EncryptionService/GenerateDataKey", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.FernetService/EncryptFernet", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.FernetService/DecryptFernet", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.FernetService/RotateFernet", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.FernetService/ImportFernetKey", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DataProtectionService/ProtectConfiguration", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DataProtectionService/UnprotectConfiguration", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DataProtectionService/MaskData", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DataProtectionService/SanitizeText", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SigningService/Sign", Auth, CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SigningService/Verify", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SigningService/ListPublicKeys", Auth, CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SigningService/GetJwks", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SigningService/ComputeMac", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SigningService/VerifyMac", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/CreateKeyring", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/GetKeyring", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/ListKeyrings", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/RotateKeyring", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/UpdateKeyring", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/DisableKeyVersion", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/EnableKeyVersion", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/ScheduleDestruction", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/CancelDestruction", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/RotateKeyEncryptionKey", CommandLine)
        .Allow("mcpsecure.crypto.v1.KeyService/ListKeyEncryptionKeys", CommandLine)
        .Allow("mcpsecure.crypto.v1.SecretService/PutSecret", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SecretService/GetSecret", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SecretService/GetSecretMetadata", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SecretService/UpdateSecretMetadata", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SecretService/ListSecrets", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SecretService/DeleteSecretVersions", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SecretService/UndeleteSecretVersions", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SecretService/DestroySecretVersions", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SecretService/DeleteSecret", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.CertificateService/IssueCertificate", Everybody)
        .Allow("mcpsecure.crypto.v1.CertificateService/IssueWorkloadCertificate", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.CertificateService/GetTrustBundle", Everybody)
        .Allow("mcpsecure.crypto.v1.CertificateService/ListCertificates", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.CertificateService/RevokeCertificate", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.CertificateService/RotateAuthority", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.CertificateService/RemoveAuthority", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DatabaseService/PutDatabase", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DatabaseService/ListDatabases", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DatabaseService/DeleteDatabase", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DatabaseService/PutCredentialTemplate", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DatabaseService/DeleteCredentialTemplate", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DatabaseService/CreateCredentials", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.LeaseService/RenewLease", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.LeaseService/RevokeLease", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.LeaseService/RevokeLeases", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.LeaseService/ListLeases", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DatabaseAccountService/GetDatabaseAccount", Auth, ApiKey, Caller.Service("authorization"), Caller.Service("audit"))
        .Allow("mcpsecure.crypto.v1.DatabaseAccountService/ListDatabaseAccounts", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.DatabaseAccountService/RotateDatabaseAccount", CommandLine, Caller.Applications);
}
