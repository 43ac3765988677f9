using Google.Protobuf.WellKnownTypes;
using McpSecure.ApiKey.V1;

namespace McpSecure.ApiKey;

/// <summary>Writes keys as the contract has them.</summary>
internal static class KeyMessages
{
    public static V1.ApiKey Write(ApiKeyRecord key, DateTimeOffset now)
    {
        var message = new V1.ApiKey
        {
            ApiKeyId = key.Id.ToString(),
            Name = key.Name,
            OwnerId = key.OwnerId.ToString(),
            OrganizationId = $"{key.OrganizationId}",
            Scopes = { key.Scopes },
            Permissions = { key.Permissions.Select(one => new ApiKeyPermission { ResourcePattern = one.Resource.Text, ActionPattern = one.Action.Text }) },
            AllowedNetworks = { key.AllowedNetworks.Select(network => network.ToString()) },
            CreatedAt = key.CreatedAt.ToTimestamp(),
            ExpiresAt = key.ExpiresAt?.ToTimestamp(),
            RevokedAt = key.RevokedAt?.ToTimestamp(),
            DisabledAt = key.DisabledAt?.ToTimestamp(),
            LastUsedAt = key.LastUsedAt?.ToTimestamp(),
            DisplayPrefix = ApiKeyFormat.DisplayPrefix(key.Prefix, key.Id),
            State = Write(key.StateAt(now)),
            SuccessorId = $"{key.SuccessorId}",
            Metadata = { key.Metadata.ToDictionary() },
        };
        if (key.RateLimit is var (requests, period, burst))
        {
            message.RateLimit = new() { Requests = requests, Period = Duration.FromTimeSpan(period), Burst = burst };
        }

        return message;
    }

    public static KeyState? Read(ApiKeyState state) => state switch
    {
        ApiKeyState.Enabled => KeyState.Enabled,
        ApiKeyState.Disabled => KeyState.Disabled,
        ApiKeyState.Rotated => KeyState.Rotated,
        ApiKeyState.Expired => KeyState.Expired,
        ApiKeyState.Revoked => KeyState.Revoked,
        ApiKeyState.Unspecified => null,
    };

    private static ApiKeyState Write(KeyState state) => state switch
    {
        KeyState.Enabled => ApiKeyState.Enabled,
        KeyState.Disabled => ApiKeyState.Disabled,
        KeyState.Rotated => ApiKeyState.Rotated,
        KeyState.Expired => ApiKeyState.Expired,
        KeyState.Revoked => ApiKeyState.Revoked,
    };
}
