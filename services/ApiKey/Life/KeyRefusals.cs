using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>Words the refusals that several calls share.</summary>
internal static class KeyRefusals
{
    /// <summary>There is none, or it is another's.</summary>
    public static Refusal NotFound() => Refusal.Because(ErrorReason.ApiKeyNotFound, "You have no such API key.");

    /// <summary>A field would let the key do more than who asks may give.</summary>
    public static Refusal Wider(string field) => Refusal.Because(ErrorReason.GrantExceedsGrantor, "Only an administrator makes a key wider than this.", ("field", field));

    public static Refusal StateConflict(KeyState state) =>
        Refusal.Because(ErrorReason.ApiKeyStateConflict, "The state of the API key does not allow this.", ("state", $"{state}".ToLowerInvariant()));

    public static Refusal Rotated(ApiKeyId successor) =>
        Refusal.Because(ErrorReason.ApiKeyRotated, "The API key was rotated already, by another request.", ("successor_id", successor));

    public static Refusal LimitReached(string whose, int allowed) => Refusal.Because(
        ErrorReason.ApiKeyLimitReached, $"The {whose} holds the most keys allowed: revoke one first.", ("live_keys_allowed", allowed), ("whose", whose));
}

/// <summary>Keeps anybody from giving more than his token has.</summary>
internal static class Grants
{
    /// <param name="token">What the token is narrowed to; none: not narrowed.</param>
    /// <param name="given">The scopes that would be given.</param>
    /// <exception cref="Refusal">GRANT_EXCEEDS_GRANTOR.</exception>
    public static void RequireWithin(IReadOnlyCollection<string> token, IEnumerable<string> given)
    {
        if (token.Count > 0 && given.FirstOrDefault(scope => !token.Contains(scope)) is { } beyond)
        {
            throw Refusal.Because(ErrorReason.GrantExceedsGrantor, "The token in use is narrowed to less than this key would be.", ("scope", beyond));
        }
    }
}
