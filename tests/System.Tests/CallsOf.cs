using Google.Protobuf;
using McpSecure.ApiKey.V1;
using McpSecure.Audit.V1;
using McpSecure.Auth.V1;
using McpSecure.Authorization.V1;
using McpSecure.Common.V1;
using McpSecure.Crypto.V1;
using Microsoft.Extensions.DependencyInjection;

namespace McpSecure.SystemTests;

/// <summary>Makes calls of every kind, as an administrator at the command line; each throws where it is not answered.</summary>
internal static class CallsOf
{
    /// <summary>Gives calls that go through all services and, since Auth is asked about each token, between them.</summary>
    public static IEnumerable<(string Name, Func<Task> MakeAsync)> EveryService(IServiceProvider clients, string userId)
    {
        var encryption = clients.GetRequiredService<EncryptionService.EncryptionServiceClient>();
        var keyrings = clients.GetRequiredService<KeyService.KeyServiceClient>();
        var users = clients.GetRequiredService<UserService.UserServiceClient>();
        var apiKeys = clients.GetRequiredService<ApiKeyService.ApiKeyServiceClient>();
        var decisions = clients.GetRequiredService<AuthorizationService.AuthorizationServiceClient>();
        var log = clients.GetRequiredService<AuditService.AuditServiceClient>();
        var question = new PermissionQuestion
        {
            Principal = new Principal { Type = PrincipalType.User, Id = userId },
            Resource = "servers",
            Action = "read",
            Scopes = { "mcp:read" },
        };

        yield return ("encrypt and decrypt", () => RoundTripAsync(encryption));
        yield return ("list keyrings", async () => await keyrings.ListKeyringsAsync(new ListKeyringsRequest()));
        yield return ("list users", async () => await users.ListUsersAsync(new ListUsersRequest()));
        yield return ("list API keys", async () => await apiKeys.ListApiKeysAsync(new ListApiKeysRequest()));
        yield return ("explain a permission", async () => await decisions.ExplainPermissionAsync(new ExplainPermissionRequest { Question = question }));
        yield return ("query events", async () => await log.QueryEventsAsync(new QueryEventsRequest { PageSize = 5 }));
    }

    private static async Task RoundTripAsync(EncryptionService.EncryptionServiceClient encryption)
    {
        var encrypted = await encryption.EncryptAsync(new EncryptRequest { Keyring = "service-tokens", Plaintext = ByteString.CopyFromUtf8("x") });
        await encryption.DecryptAsync(new DecryptRequest { Keyring = "service-tokens", Ciphertext = encrypted.Ciphertext });
    }
}
