using McpSecure.Authorization.V1;
using McpSecure.Testing;

namespace McpSecure.ApiKey.Tests;

/// <summary>Lets named users do more than everybody may, for as long as a test uses it.</summary>
internal sealed class KeyRights : IDisposable
{
    private readonly AuthorizationDouble authorization;
    private readonly Func<PermissionQuestion, bool> before;

    private KeyRights(AuthorizationDouble authorization, Func<PermissionQuestion, bool> allows)
    {
        (this.authorization, before) = (authorization, authorization.Decide);
        authorization.Decide = question => before(question) || allows(question);
    }

    /// <summary>Lets a user do everything, on the platform and in every organization.</summary>
    public static KeyRights Administrator(ApiKeyPlatform platform, Guid user) => new(platform.Authorization, question => question.Principal.Id == $"{user}");

    /// <summary>Lets a user do everything in one organization.</summary>
    public static KeyRights Manager(ApiKeyPlatform platform, Guid user, Guid organization) =>
        new(platform.Authorization, question => question.Principal.Id == $"{user}" && question.OrganizationId == $"{organization}");

    public void Dispose() => authorization.Decide = before;
}
