using McpSecure.Crypto.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Lists who may call which rpc.</summary>
internal static class Callers
{
    private static readonly Caller Auth = Caller.Service("auth");
    private static readonly Caller ApiKey = Caller.Service("apikey");
    private static readonly Caller CommandLine = Caller.Service("cli");

    public static readonly CallerPolicy Policy = CallerPolicy.For(EncryptionService.Descriptor, SigningService.Descriptor, KeyService.Descriptor)
        .Allow("mcpsecure.crypto.v1.EncryptionService/Encrypt", Auth, ApiKey, CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.EncryptionService/Decrypt", Auth, ApiKey, CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.SigningService/Sign", Auth)
        .Allow("mcpsecure.crypto.v1.SigningService/ListPublicKeys", Auth)
        .Allow("mcpsecure.crypto.v1.KeyService/CreateKeyring", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/GetKeyring", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/ListKeyrings", CommandLine, Caller.Applications)
        .Allow("mcpsecure.crypto.v1.KeyService/RotateKeyring", CommandLine, Caller.Applications);
}
