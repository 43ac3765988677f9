namespace McpSecure.Auth;

/// <summary>Describes a user account, without what it is protected by.</summary>
/// <param name="UserId">The id, a UUIDv7.</param>
/// <param name="Username">The name, unique on the platform.</param>
/// <param name="Email">The address for electronic mail, or null.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="TotpEnrolled">Whether a confirmed authenticator is asked for at sign-in.</param>
internal sealed record Account(Guid UserId, string Username, string? Email, DateTimeOffset CreatedAt, bool TotpEnrolled);
