using McpSecure.Client;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Registers what <c>Program.cs</c> names.</summary>
internal static class CryptoServices
{
    /// <summary>Adds the root key, the key-encryption keys and the start that opens them; the service is ready once they are open.</summary>
    public static void AddKeyHierarchy(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<RootKeyOptions>("RootKey");
        builder.Services.AddSingleton<RootKeys>();
        builder.Services.AddSingleton<KeyEncryptionKeys>();
        builder.Services.AddSingleton<KeyHierarchy>();
        builder.Services.AddSingleton<KeyEncryptionKeyStore>();
        builder.Services.AddSingleton<KeyEncryptionKeyRotation>();
        builder.Services.AddHostedService<KeyHierarchyUpkeep>();
        builder.Services.AddHostedService<KeyHierarchyRefresh>();
        builder.Services.AddSingleton<KeyHierarchyStartup>();
        builder.Services.AddHostedService(services => services.GetRequiredService<KeyHierarchyStartup>());
        builder.Services.AddHealthChecks().AddCheck<KeyHierarchyStartup>("keys", tags: ["ready"]);
    }

    /// <summary>Adds keyrings: their store, the copy in memory, their making, rotation and end, by hand and by schedule.</summary>
    public static void AddKeyrings(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<KeyOptions>("Keys");
        builder.AddSettings<SigningOptions>("Signing");
        builder.Services.AddSingleton<KeyringStore>();
        builder.Services.AddSingleton<Keyrings>();
        builder.Services.AddSingleton<UnwrappedKeys>();
        builder.Services.AddSingleton<KeyringCreation>();
        builder.Services.AddSingleton<KeyringChanges>();
        builder.Services.AddSingleton<KeyRotation>();
        builder.Services.AddSingleton<KeyringSettings>();
        builder.Services.AddSingleton<KeyDestruction>();
        builder.Services.AddSingleton<MessageBudget>();
        builder.Services.AddHostedService<KeyringUpkeep>();
        builder.Services.AddHostedService<KeyForgetting>();
    }

    /// <summary>Adds what is done with keys: encryption and signing, each decision recorded.</summary>
    public static void AddDataOperations(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<DataEncryption>();
        builder.Services.AddSingleton<FernetKeyrings>();
        builder.Services.AddSingleton<FernetKeyImport>();
        builder.Services.AddSingleton<DataSigning>();
        builder.Services.AddSingleton<DataMacs>();
        builder.Services.AddSingleton<KeyringGate>();
        builder.Services.AddSingleton<RecordedDecisions>();
    }

    /// <summary>Adds versioned secrets.</summary>
    public static void AddSecrets(this IHostApplicationBuilder builder)
    {
        builder.Services.AddSingleton<SecretSeal>();
        builder.Services.AddSingleton<SecretStore>();
        builder.Services.AddSingleton<SecretChanges>();
        builder.Services.AddSingleton<SecretWriter>();
        builder.Services.AddSingleton<SealedValues>();
        builder.Services.AddHostedService<Resealing>();
    }

    /// <summary>Adds the certificate authority: whom to trust, issuing, revoking, and the leader's work on them.</summary>
    public static void AddCertificates(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<CertificateOptions>("Certificates");
        builder.Services.AddSingleton<CertificateStore>();
        builder.Services.AddSingleton<AuthorityKeys>();
        builder.Services.AddSingleton<AuthorityFiles>();
        builder.Services.AddSingleton<RevocationListSigning>();
        builder.Services.AddSingleton<AuthorityRotation>();
        builder.Services.AddSingleton<TrustBundle>();
        builder.Services.AddSingleton<CertificateIssuer>();
        builder.Services.AddSingleton<CertificateRevocation>();
        builder.Services.AddHostedService<CertificateWork>();

        // Its own certificate comes from itself.
        builder.Services.Replace(ServiceDescriptor.Singleton<ICertificateSource, LocalCertificateSource>());
        builder.Services.Configure<McpSecureClientOptions>(options => options.CertifiesItself = true);
    }

    /// <summary>Adds leases of database roles: databases, templates, issuing, renewal, and the sweep that revokes.</summary>
    public static void AddLeases(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<LeaseOptions>("Leases");
        builder.Services.AddSingleton<DatabaseStore>();
        builder.Services.AddSingleton<DatabaseRegistry>();
        builder.Services.AddSingleton<TemplateTrial>();
        builder.Services.AddSingleton<LeaseStore>();
        builder.Services.AddSingleton<LeaseIssuer>();
        builder.Services.AddSingleton<LeaseRenewal>();
        builder.Services.AddSingleton<LeaseMetrics>();
        builder.Services.AddSingleton<LeaseRevocation>();
        builder.Services.AddHostedService<LeaseSweep>();
    }

    /// <summary>Adds the accounts that the services sign in to their databases with, this service's own too. Before the database, which asks for it.</summary>
    public static void AddDatabaseAccounts(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<DatabaseAccountsOptions>("DatabaseAccounts");
        builder.Services.AddSingleton<IValidateOptions<DatabaseAccountsOptions>, OwnAccountIsKept>();
        builder.Services.AddSingleton<AccountStore>();
        builder.Services.AddSingleton<AccountPasswords>();
        builder.Services.AddSingleton<AccountReader>();
        builder.Services.AddSingleton<IDatabaseAccountSource>(services => services.GetRequiredService<AccountReader>());
        builder.Services.AddSingleton<AccountRotation>();
        builder.Services.AddHostedService(services => services.GetRequiredService<AccountRotation>());
    }
}
