using McpSecure.Client;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Adds what this service is made of, one method a capability.</summary>
internal static class ApiKeyServices
{
    /// <summary>Adds the pepper and the start that opens it; the service is ready once it is open.</summary>
    public static void AddPepper(this IHostApplicationBuilder builder)
    {
        builder.AddPeer<EncryptionService.EncryptionServiceClient>(Peers.Crypto);
        builder.Services.AddSingleton<IPepperStore, PostgresPepperStore>();
        builder.Services.AddSingleton<PepperKeeper>();
        builder.Services.AddSingleton<PepperSource>();
        builder.Services.AddSingleton<PepperStartup>();
        builder.Services.AddHostedService(services => services.GetRequiredService<PepperStartup>());
        builder.Services.AddHealthChecks().AddCheck<PepperStartup>("pepper", tags: ["ready"]);
    }

    /// <summary>Adds keys: their store, their life, their verification and their import.</summary>
    public static void AddApiKeys(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<ApiKeyOptions>("ApiKey");
        builder.Services.AddSingleton<ApiKeyMetrics>();
        builder.Services.AddSingleton<SecretHasher>();
        builder.Services.AddSingleton<KeyPrefixes>();
        builder.Services.AddSingleton<SecretVerifier>();
        builder.Services.AddSingleton<SecretUpgrade>();
        builder.Services.AddSingleton<IImportStore, PostgresImportStore>();
        builder.Services.AddSingleton<ImportedKeys>();
        builder.Services.AddSingleton<KeyProof>();
        builder.Services.AddSingleton<KeyDatabase>();
        builder.Services.AddSingleton<IApiKeyStore, PostgresApiKeyStore>();
        builder.Services.AddSingleton<ApiKeyReader>();
        builder.Services.AddSingleton<ApiKeyIssuer>();
        builder.AddSettings<LockoutOptions>("Lockout");
        builder.Services.AddSingleton<AddressLockout>();
        builder.Services.AddSingleton<KeyJudge>();
        builder.Services.AddSingleton<ApiKeyVerifier>();
        builder.Services.AddSingleton<KeyValidationCalls>();
        builder.Services.AddSingleton<ApiKeyRevocation>();
        builder.Services.AddSingleton<Widening>();
        builder.Services.AddSingleton<ApiKeyChanges>();
        builder.Services.AddSingleton<ApiKeyRotation>();
        builder.Services.AddSingleton<KeyImport>();
        builder.Services.AddSingleton<KeyPages>();
        builder.Services.AddSingleton<KeyAccess>();
        builder.Services.AddSingleton<KeyLifeCalls>();
        builder.Services.AddSingleton<KeyEndCalls>();
        builder.Services.AddSingleton<KeyImportCalls>();
    }
}
