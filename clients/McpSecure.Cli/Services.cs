using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Cli.Input;
using McpSecure.Cli.Profiles;
using McpSecure.Crypto.V1;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.Cli;

/// <summary>Gives the typed clients of the platform's services, each connected at its first call.</summary>
internal sealed class Services(Profile profile, Secret? token, TimeSpan deadline) : IAsyncDisposable
{
    private readonly ServiceProvider provider = new ServiceCollection()
        .AddMcpSecure(options =>
        {
            options.Mtls.TrustDomain = profile.TrustDomain;
            options.Mtls.TrustBundlePath = profile.TrustBundlePath;
            options.Mtls.CertificatePath = profile.CertificatePath;
            options.Mtls.KeyPath = profile.KeyPath;
            options.Deadline = deadline;
            options.StreamDeadline = TimeSpan.FromHours(24); // `audit tail` runs until its user ends it
            options.AccessToken = token is null ? null : _ => ValueTask.FromResult<string?>(token.Reveal());
            foreach (var (peer, address) in profile.Addresses)
            {
                options.Addresses[peer] = address;
            }
        })
        .BuildServiceProvider();

    public AuthService.AuthServiceClient SignIns => provider.GetRequiredService<AuthService.AuthServiceClient>();

    public UserService.UserServiceClient Users => provider.GetRequiredService<UserService.UserServiceClient>();

    public MfaService.MfaServiceClient SecondFactors => provider.GetRequiredService<MfaService.MfaServiceClient>();

    public ApiKeyService.ApiKeyServiceClient ApiKeys => provider.GetRequiredService<ApiKeyService.ApiKeyServiceClient>();

    public ApiKeyUsageService.ApiKeyUsageServiceClient KeyUsage => provider.GetRequiredService<ApiKeyUsageService.ApiKeyUsageServiceClient>();

    public RateLimitService.RateLimitServiceClient Limits => provider.GetRequiredService<RateLimitService.RateLimitServiceClient>();

    public AuthorizationService.AuthorizationServiceClient Decisions => provider.GetRequiredService<AuthorizationService.AuthorizationServiceClient>();

    public RoleService.RoleServiceClient Roles => provider.GetRequiredService<RoleService.RoleServiceClient>();

    public OrganizationService.OrganizationServiceClient Organizations => provider.GetRequiredService<OrganizationService.OrganizationServiceClient>();

    public GrantService.GrantServiceClient Grants => provider.GetRequiredService<GrantService.GrantServiceClient>();

    public ResourceService.ResourceServiceClient Resources => provider.GetRequiredService<ResourceService.ResourceServiceClient>();

    public EncryptionService.EncryptionServiceClient Encryption => provider.GetRequiredService<EncryptionService.EncryptionServiceClient>();

    public KeyService.KeyServiceClient Keyrings => provider.GetRequiredService<KeyService.KeyServiceClient>();

    public CertificateService.CertificateServiceClient Certificates => provider.GetRequiredService<CertificateService.CertificateServiceClient>();

    public SecretService.SecretServiceClient Secrets => provider.GetRequiredService<SecretService.SecretServiceClient>();

    public DatabaseService.DatabaseServiceClient Databases => provider.GetRequiredService<DatabaseService.DatabaseServiceClient>();

    public LeaseService.LeaseServiceClient Leases => provider.GetRequiredService<LeaseService.LeaseServiceClient>();

    public DatabaseAccountService.DatabaseAccountServiceClient Accounts => provider.GetRequiredService<DatabaseAccountService.DatabaseAccountServiceClient>();

    public DataProtectionService.DataProtectionServiceClient DataProtection => provider.GetRequiredService<DataProtectionService.DataProtectionServiceClient>();

    public FernetService.FernetServiceClient Fernet => provider.GetRequiredService<FernetService.FernetServiceClient>();

    public SigningService.SigningServiceClient Signing => provider.GetRequiredService<SigningService.SigningServiceClient>();

    public AuditService.AuditServiceClient Log => provider.GetRequiredService<AuditService.AuditServiceClient>();

    public ValueTask DisposeAsync() => provider.DisposeAsync();
}
