using System.Collections.Immutable;
using Google.Protobuf.WellKnownTypes;
using McpSecure.Crypto.V1;
using Messages = McpSecure.Crypto.V1;

namespace McpSecure.Crypto;

/// <summary>Turns what is known of secrets into messages and back.</summary>
internal static class SecretMessages
{
    public static SecretMetadata Of(SecretDescription secret, IEnumerable<SecretVersion> versions, DateTimeOffset now) => new()
    {
        Path = secret.Path,
        NewestVersion = secret.NewestVersion,
        Settings = new Messages.SecretSettings
        {
            MaxVersions = secret.Settings.MaxVersions,
            VersionLifetime = secret.Settings.VersionLifetime is { } lifetime ? Duration.FromTimeSpan(lifetime) : null,
            CheckRequired = secret.Settings.CheckRequired,
            CustomMetadata = { secret.Settings.CustomMetadata },
        },
        CreatedAt = secret.CreatedAt.ToTimestamp(),
        UpdatedAt = secret.UpdatedAt.ToTimestamp(),
        Versions = { versions.Select(version => Of(version, now)) },
    };

    public static Messages.SecretVersion Of(SecretVersion version, DateTimeOffset now) => new()
    {
        Version = version.Number,
        State = version.StateAt(now) switch
        {
            SecretVersionState.Live => Messages.SecretVersionState.Live,
            SecretVersionState.Deleted => Messages.SecretVersionState.Deleted,
            SecretVersionState.Expired => Messages.SecretVersionState.Expired,
            SecretVersionState.Destroyed => Messages.SecretVersionState.Destroyed,
        },
        CreatedAt = version.CreatedAt.ToTimestamp(),
        ExpiresAt = version.ExpiresAt?.ToTimestamp(),
    };

    public static SecretSummary SummaryOf(SecretDescription secret) =>
        new() { Path = secret.Path, NewestVersion = secret.NewestVersion, UpdatedAt = secret.UpdatedAt.ToTimestamp() };

    public static SecretSettings Settings(Messages.SecretSettings settings) => new(
        settings.MaxVersions == 0 ? SecretSettings.Default.MaxVersions : settings.MaxVersions,
        settings.VersionLifetime?.ToTimeSpan(),
        settings.CheckRequired,
        settings.CustomMetadata.ToImmutableSortedDictionary(StringComparer.Ordinal));
}
