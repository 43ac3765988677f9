using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;

namespace McpSecure.Cli.Tests;

/// <summary>Makes what ApiKey answers when all is well.</summary>
internal static class Keys
{
    public const string Id = "01890a5d-ac96-774b-bcce-b302099a8057";
    public const string Secret = "mcp_sk_012";

    public static ApiKey.V1.ApiKey Key => new()
    {
        ApiKeyId = Id,
        Name = "ci",
        OwnerId = Desk.UserId,
        Scopes = { "mcp:read" },
        Permissions = { new ApiKeyPermission { ResourcePattern = "servers/*", ActionPattern = "read" } },
        AllowedNetworks = { "192.0.2.0/24" },
        RateLimit = new ApiKeyRateLimit { Requests = 100, Period = Duration.FromTimeSpan(TimeSpan.FromMinutes(1)), Burst = 10 },
        Metadata = { ["team"] = "pay" },
        State = ApiKeyState.Enabled,
        DisplayPrefix = "mcp_sk_01",
        CreatedAt = Answers.Noon,
        LastUsedAt = Answers.Noon,
    };

    public static RateLimitState Limit => new() { Limit = "key", Burst = 10, Remaining = 9, ResetAfter = Duration.FromTimeSpan(TimeSpan.FromMilliseconds(600)) };

    public static void Answer(Script script)
    {
        script.On((CreateApiKeyRequest _) => new CreateApiKeyResponse { ApiKey = Key, Secret = Secret });
        script.On((GetApiKeyRequest _) => new GetApiKeyResponse { ApiKey = Key });
        script.On((ListApiKeysRequest _) => new ListApiKeysResponse { ApiKeys = { Key } });
        script.On((UpdateApiKeyRequest _) => new UpdateApiKeyResponse { ApiKey = Key });
        script.On((DisableApiKeyRequest _) => new DisableApiKeyResponse { ApiKey = Key });
        script.On((EnableApiKeyRequest _) => new EnableApiKeyResponse { ApiKey = Key });
        script.On((RotateApiKeyRequest _) => new RotateApiKeyResponse { Previous = Key, ApiKey = Key, Secret = Secret });
        script.On((RevokeApiKeyRequest _) => new RevokeApiKeyResponse { ApiKey = Key });
        script.On((RevokeOwnerKeysRequest _) => new RevokeOwnerKeysResponse { Revoked = 2 });
        script.On((RevokeOrganizationKeysRequest _) => new RevokeOrganizationKeysResponse { Revoked = 2 });
        script.On((ReportLeakedKeyRequest _) => new ReportLeakedKeyResponse { ApiKeyId = Id, RevokedAt = Answers.Noon });
        script.On((ImportApiKeysRequest request) => new ImportApiKeysResponse
        {
            Results = { request.ApiKeys.Select((key, i) => new ImportedApiKeyResult { ApiKeyId = Id, Existed = i > 0 }) },
        });
        script.On((GetApiKeyUsageRequest _) => new GetApiKeyUsageResponse
        {
            Hours = { new ApiKeyUsageHour { Hour = Answers.Noon, Allowed = 3, Denied = 2, Limited = 1 } },
            LastUsedAt = Answers.Noon,
        });
        script.On((ValidateApiKeyRequest _) => new ValidateApiKeyResponse
        {
            ApiKeyId = Id,
            OwnerId = Desk.UserId,
            Scopes = { "mcp:read" },
            Permissions = { Key.Permissions },
            RateLimit = Limit,
        });
        script.On((CheckRateLimitRequest _) => new CheckRateLimitResponse { RateLimit = Limit });
    }
}
