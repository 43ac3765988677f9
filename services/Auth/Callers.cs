using McpSecure.Auth.V1;
using McpSecure.Client;
using McpSecure.ServiceDefaults;

namespace McpSecure.Auth;

/// <summary>Lists who may call which rpc.</summary>
internal static class Callers
{
    private static readonly Caller ApiKey = Caller.Service(Peers.ApiKey);
    private static readonly Caller Authorization = Caller.Service(Peers.Authorization);
    private static readonly Caller Crypto = Caller.Service(Peers.Crypto);
    private static readonly Caller Audit = Caller.Service(Peers.Audit);
    private static readonly Caller CommandLine = Caller.Service("cli");

    public static readonly CallerPolicy Policy = CallerPolicy.For(AuthService.Descriptor, UserService.Descriptor, MfaService.Descriptor)
        .Allow("mcpsecure.auth.v1.AuthService/BootstrapAdministrator", CommandLine)
        .Allow("mcpsecure.auth.v1.AuthService/SignIn", CommandLine, Caller.Applications)
        .Allow("mcpsecure.auth.v1.AuthService/ValidateToken", ApiKey, Authorization, Crypto, Audit, Caller.Applications)
        .Allow("mcpsecure.auth.v1.AuthService/RevokeToken", CommandLine, Caller.Applications)
        .Allow("mcpsecure.auth.v1.AuthService/GetJwks", ApiKey, Authorization, Crypto, Audit, CommandLine, Caller.Applications)
        .Allow("mcpsecure.auth.v1.UserService/CreateUser", CommandLine, Caller.Applications)
        .Allow("mcpsecure.auth.v1.UserService/GetUser", CommandLine, Caller.Applications)
        .Allow("mcpsecure.auth.v1.UserService/ListUsers", CommandLine, Caller.Applications)
        .Allow("mcpsecure.auth.v1.MfaService/BeginTotpEnrolment", CommandLine, Caller.Applications)
        .Allow("mcpsecure.auth.v1.MfaService/ConfirmTotpEnrolment", CommandLine, Caller.Applications);
}
