using McpSecure.Cli.Output;
using McpSecure.Crypto.V1;

namespace McpSecure.Cli.Commands;

/// <summary>Shows a secret without a value.</summary>
internal sealed record SecretView(
    string Path,
    int NewestVersion,
    DateTimeOffset CreatedAt,
    DateTimeOffset UpdatedAt,
    int MaxVersions,
    long? LifetimeSeconds,
    bool CheckRequired,
    IReadOnlyDictionary<string, string> Metadata,
    IReadOnlyList<SecretVersionView> Versions)
{
    public static SecretView Of(SecretMetadata secret) => new(
        secret.Path,
        secret.NewestVersion,
        secret.CreatedAt.ToDateTimeOffset(),
        secret.UpdatedAt.ToDateTimeOffset(),
        secret.Settings.MaxVersions,
        secret.Settings.VersionLifetime?.Seconds,
        secret.Settings.CheckRequired,
        secret.Settings.CustomMetadata.ToDictionary(StringComparer.Ordinal),
        [.. secret.Versions.Select(SecretVersionView.Of)]);

    public static string ForPeople(SecretView secret) =>
        Table.Details(
        [
            ("Path", secret.Path),
            ("Made", Text.Time(secret.CreatedAt)),
            ("Changed", Text.Time(secret.UpdatedAt)),
            ("Keeps", $"{secret.MaxVersions} versions"),
            ("Versions live", Durations.Write(secret.LifetimeSeconds)),
            ("Check required", Text.YesNo(secret.CheckRequired)),
            .. secret.Metadata.OrderBy(fact => fact.Key, StringComparer.Ordinal).Select(fact => ("Metadata", $"{fact.Key}={fact.Value}")),
        ]) +
        Table.Rows(
            "No versions.",
            ["Version", "State", "Made", "Ends"],
            secret.Versions.Select(version => new[]
            {
                $"{version.Version}", SecretVersionView.StateName(version.State), Text.Time(version.CreatedAt), Text.Time(version.ExpiresAt),
            }));
}

/// <summary>Shows a version of a secret without its value.</summary>
internal sealed record SecretVersionView(int Version, SecretVersionState State, DateTimeOffset CreatedAt, DateTimeOffset? ExpiresAt)
{
    public static SecretVersionView Of(SecretVersion version) =>
        new(version.Version, version.State, version.CreatedAt.ToDateTimeOffset(), version.ExpiresAt?.ToDateTimeOffset());

    public static string StateName(SecretVersionState state) => state switch
    {
        SecretVersionState.Unspecified => "unknown",
        SecretVersionState.Live => "live",
        SecretVersionState.Deleted => "deleted",
        SecretVersionState.Expired => "expired",
        SecretVersionState.Destroyed => "destroyed",
    };
}
