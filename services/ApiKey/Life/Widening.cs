namespace McpSecure.ApiKey;

/// <summary>Finds where a key would become able to do more than before. Where it takes too much thought to tell, it would.</summary>
internal sealed class Widening(RateLimitRules rules)
{
    /// <summary>Names the first field that widens, as the contract calls it; null: none does.</summary>
    public string? FirstField(ApiKeyRecord before, ApiKeyRecord after)
    {
        if (after.Scopes.Except(before.Scopes).Any())
        {
            return "scopes";
        }

        // None means everything, in both.
        if (before.Permissions.Count > 0
            && (after.Permissions.Count == 0 || !after.Permissions.All(next => before.Permissions.Any(old => old.Covers(next)))))
        {
            return "permissions";
        }

        if (before.ExpiresAt is { } end && !(after.ExpiresAt <= end))
        {
            return "expires_at";
        }

        if (before.AllowedNetworks.Count > 0
            && (after.AllowedNetworks.Count == 0 || !after.AllowedNetworks.All(next => before.AllowedNetworks.Any(old => old.Contains(next)))))
        {
            return "allowed_networks";
        }

        return IsWithin(after.RateLimit, before.RateLimit ?? rules.PlatformsOfKeys) ? null : "rate_limit";
    }

    /// <summary>Tells whether a limit lets through more than the platform lets a key that has none of its own.</summary>
    public bool IsBeyondThePlatforms(KeyRateLimit? limit) => !IsWithin(limit, rules.PlatformsOfKeys);

    // Without one of its own, a key has the platform's, if there is one.
    private bool IsWithin(KeyRateLimit? limit, KeyRateLimit? most) => most is null || (limit ?? rules.PlatformsOfKeys)?.IsWithin(most) == true;
}
