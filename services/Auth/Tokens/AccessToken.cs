namespace McpSecure.Auth;

/// <summary>Holds what an access token says.</summary>
/// <param name="TokenId">Its id (<c>jti</c>), a UUIDv7.</param>
/// <param name="SessionId">The sign-in it comes from (<c>sid</c>), a UUIDv7.</param>
/// <param name="UserId">Whom it stands for (<c>sub</c>).</param>
/// <param name="Username">The user's name when it was made.</param>
/// <param name="Email">The user's address when it was made, or null.</param>
/// <param name="ClientId">The workload that it was made for (<c>client_id</c>).</param>
/// <param name="Roles">The user's roles when it was made: for display, rights are asked of Authorization.</param>
/// <param name="Scopes">What it is narrowed to; none: not narrowed.</param>
/// <param name="Methods">How the user was authenticated (<c>amr</c>, RFC 8176).</param>
/// <param name="AuthenticatedAt">When the user was authenticated (<c>auth_time</c>), in whole seconds.</param>
/// <param name="IssuedAt">When it was made (<c>iat</c>) and from when it works (<c>nbf</c>), in whole seconds.</param>
/// <param name="ExpiresAt">When it ends (<c>exp</c>), in whole seconds.</param>
internal sealed record AccessToken(
    Guid TokenId,
    Guid SessionId,
    Guid UserId,
    string Username,
    string? Email,
    string ClientId,
    IReadOnlyList<string> Roles,
    IReadOnlyList<string> Scopes,
    IReadOnlyList<string> Methods,
    DateTimeOffset AuthenticatedAt,
    DateTimeOffset IssuedAt,
    DateTimeOffset ExpiresAt)
{
    /// <summary>Returns the type's name and the token's id.</summary>
    public override string ToString() => $"{nameof(AccessToken)} {TokenId}";
}

/// <summary>Holds an access token in its form for the wire, which is all that its bearer needs. Prints its type name.</summary>
/// <param name="text">The JWT.</param>
/// <param name="token">What it says.</param>
internal sealed class SignedToken(string text, AccessToken token)
{
    /// <summary>Gets what the token says.</summary>
    public AccessToken Token { get; } = token;

    /// <summary>Shows the JWT.</summary>
    public string Reveal() => text;

    /// <summary>Returns the type's name.</summary>
    public override string ToString() => nameof(SignedToken);
}

/// <summary>Names the ways to authenticate (RFC 8176 §2).</summary>
internal static class AuthenticationMethods
{
    /// <summary>A password.</summary>
    public const string Password = "pwd";

    /// <summary>A one-time code.</summary>
    public const string OneTimeCode = "otp";

    /// <summary>More than one factor.</summary>
    public const string MultipleFactors = "mfa";
}
