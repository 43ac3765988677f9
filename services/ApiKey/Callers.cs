using McpSecure.ApiKey.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Lists who may call which rpc.</summary>
internal static class Callers
{
    private static readonly Caller CommandLine = Caller.Service("cli");
    private static readonly Caller[] Validators =
        [Caller.Service("auth"), Caller.Service("authorization"), Caller.Service("audit"), Caller.Service("crypto"), CommandLine, Caller.Applications];

    public static readonly CallerPolicy Policy = CallerPolicy.For(ApiKeyService.Descriptor, RateLimitService.Descriptor, ApiKeyUsageService.Descriptor)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/CreateApiKey", CommandLine, Caller.Applications)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/ValidateApiKey", Validators)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/GetApiKey", CommandLine, Caller.Applications)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/UpdateApiKey", CommandLine, Caller.Applications)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/DisableApiKey", CommandLine, Caller.Applications)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/EnableApiKey", CommandLine, Caller.Applications)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/RotateApiKey", CommandLine, Caller.Applications)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/RevokeApiKey", CommandLine, Caller.Applications)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/RevokeOwnerKeys", CommandLine, Caller.Applications)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/RevokeOrganizationKeys", CommandLine, Caller.Applications)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/ReportLeakedKey", Validators)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/ImportApiKeys", CommandLine, Caller.Applications)
        .Allow("mcpsecure.apikey.v1.ApiKeyService/ListApiKeys", CommandLine, Caller.Applications)
        .Allow("mcpsecure.apikey.v1.RateLimitService/CheckRateLimit", Validators)
        .Allow("mcpsecure.apikey.v1.ApiKeyUsageService/GetApiKeyUsage", CommandLine, Caller.Applications);
}
