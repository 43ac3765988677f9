namespace McpSecure.ServiceDefaults;

/// <summary>Says for which user a call is made, as his access token proves it.</summary>
/// <param name="UserId">The user's id, a UUIDv7.</param>
/// <param name="Username">The user's name when the token was made.</param>
/// <param name="Roles">The roles when the token was made: for display; rights are asked of Authorization.</param>
/// <param name="Scopes">What the token is narrowed to; none: not narrowed.</param>
/// <param name="AuthenticationMethods">How the user was authenticated (<c>amr</c>, RFC 8176).</param>
/// <param name="AuthenticatedAt">When the user was authenticated (<c>auth_time</c>).</param>
/// <param name="TokenId">The token's id (<c>jti</c>).</param>
public sealed record Actor(
    string UserId,
    string Username,
    IReadOnlyList<string> Roles,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<string> AuthenticationMethods,
    DateTimeOffset AuthenticatedAt,
    string TokenId);

/// <summary>Says whether an action needs a second factor given recently.</summary>
public enum StepUp
{
    /// <summary>Any valid token will do.</summary>
    NotRequired,

    /// <summary>The token must show a second factor within the step-up window.</summary>
    Required,
}
