using McpSecure.Authorization.V1;
using McpSecure.Client;
using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace McpSecure.Auth;

/// <summary>Adds what Auth can do, one capability a method.</summary>
internal static class AuthExtensions
{
    /// <summary>Adds the services that Auth calls.</summary>
    public static void AddPeers(this IHostApplicationBuilder builder)
    {
        builder.AddPeer<SigningService.SigningServiceClient>(Peers.Crypto);
        builder.AddPeer<EncryptionService.EncryptionServiceClient>(Peers.Crypto);
        builder.AddPeer<RoleService.RoleServiceClient>(Peers.Authorization);
        builder.Services.AddSingleton<RoleReader>();
    }

    /// <summary>Adds the making and judging of access tokens; what <c>AddActorGate</c> asks elsewhere it then finds here.</summary>
    public static void AddTokens(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<TokenOptions>("Tokens");
        builder.Services.AddSingleton(provider => new AccessTokenFormat(
            provider.GetRequiredService<IOptions<TokenOptions>>(),
            provider.GetRequiredService<IOptions<McpSecureClientOptions>>().Value.Mtls.TrustDomain));
        builder.Services.AddSingleton<SigningKeys>();
        builder.Services.AddSingleton<AccessTokenIssuer>();
        builder.Services.AddSingleton<AccessTokenReader>();
        builder.Services.AddSingleton<TokenStore>();
        builder.Services.AddSingleton<TokenVerifier>();
        builder.Services.AddSingleton<ITokenValidator>(provider => provider.GetRequiredService<TokenVerifier>());
        builder.Services.AddSingleton<TokenRevocation>();
        builder.Services.AddSingleton<TokenBearer>();
    }

    /// <summary>Adds users and their passwords.</summary>
    public static void AddUsers(this IHostApplicationBuilder builder)
    {
        if (!Password.CanNormalize())
        {
            throw new InvalidOperationException("This process cannot normalise Unicode, so passwords would not match themselves: install ICU (libicu) and leave System.Globalization.Invariant off.");
        }

        builder.AddSettings<PasswordOptions>("Passwords");
        builder.Services.AddOptions<PasswordHasherOptions>()
            .Configure<IOptions<PasswordOptions>>((hasher, passwords) => hasher.IterationCount = passwords.Value.IterationCount);
        builder.Services.AddSingleton<IPasswordHasher<Account>, PasswordHasher<Account>>();
        builder.Services.AddSingleton<PasswordHashing>();
        builder.Services.AddSingleton<UserStore>();
        builder.Services.AddSingleton<UserRegistration>();
    }

    /// <summary>Adds signing in, with its delays.</summary>
    public static void AddSignIn(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<SignInOptions>("SignIn");
        builder.Services.AddSingleton<ProgressiveDelay>();
        builder.Services.AddSingleton<AttemptThrottle>();
        builder.Services.AddSingleton<SignInStore>();
        builder.Services.AddSingleton<PasswordSignIn>();
    }

    /// <summary>Adds authenticators.</summary>
    public static void AddTotp(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<TotpOptions>("Totp");
        builder.Services.AddSingleton<TotpSecretSeal>();
        builder.Services.AddSingleton<TotpStore>();
        builder.Services.AddSingleton<TotpEnrolment>();
    }

    /// <summary>Adds the making of the first administrator.</summary>
    public static void AddBootstrap(this IHostApplicationBuilder builder)
    {
        builder.AddSettings<BootstrapOptions>("Bootstrap");
        builder.Services.AddSingleton<BootstrapStore>();
        builder.Services.AddSingleton<FirstAdministrator>();
    }
}
