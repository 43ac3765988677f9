namespace McpSecure.Crypto;

/// <summary>Names the keyrings that every installation has, one for each category of data.</summary>
internal static class BuiltInKeyrings
{
    /// <summary>Encrypts the secrets of second factors, for Auth.</summary>
    public const string MfaSecrets = "mfa-secrets";

    /// <summary>Encrypts the pepper of API key hashes, for ApiKey.</summary>
    public const string ApiKeyPepper = "api-key-pepper";

    /// <summary>Encrypts tokens of foreign services, for applications.</summary>
    public const string ServiceTokens = "service-tokens";

    /// <summary>Encrypts fields of configuration documents, for applications.</summary>
    public const string Configuration = "configuration";

    /// <summary>Encrypts the keys that seal personal fields of events, for Audit.</summary>
    public const string AuditSubjects = "audit-subjects";

    /// <summary>Encrypts secrets and the accounts of databases, for Crypto itself.</summary>
    public const string Secrets = "secrets";

    /// <summary>Signs access tokens, for Auth.</summary>
    public const string TokenSigning = "token-signing";

    /// <summary>Gets all of them.</summary>
    public static IReadOnlyList<(string Name, KeyAlgorithm Algorithm)> All { get; } =
    [
        (MfaSecrets, KeyAlgorithm.Xaes256Gcm),
        (ApiKeyPepper, KeyAlgorithm.Xaes256Gcm),
        (ServiceTokens, KeyAlgorithm.Xaes256Gcm),
        (Configuration, KeyAlgorithm.Xaes256Gcm),
        (AuditSubjects, KeyAlgorithm.Xaes256Gcm),
        (Secrets, KeyAlgorithm.Xaes256Gcm),
        (TokenSigning, KeyAlgorithm.Rsa2048Sha256),
    ];
}
