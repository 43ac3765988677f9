using System.Runtime.InteropServices;

namespace McpSecure.ApiKey;

/// <summary>How a use of a key that was proven by its secret ended.</summary>
internal enum UseOutcome
{
    /// <summary>It was let through.</summary>
    Allowed,

    /// <summary>Its state, its address, its scopes or its permissions did not let it.</summary>
    Denied,

    /// <summary>A limit did not let it.</summary>
    Limited,
}

/// <summary>How often a key was used in an hour.</summary>
/// <param name="Key">The key.</param>
/// <param name="Hour">The hour's beginning, UTC.</param>
/// <param name="Counts">How often, by how it ended.</param>
/// <param name="LastAllowedAt">When it was last let through in this hour; null: not once.</param>
internal sealed record KeyUse(ApiKeyId Key, DateTimeOffset Hour, UseCounts Counts, DateTimeOffset? LastAllowedAt);

/// <summary>How often something ended how.</summary>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct UseCounts(long Allowed, long Denied, long Limited)
{
    /// <summary>Counts one more.</summary>
    public UseCounts Plus(UseOutcome outcome) => outcome switch
    {
        UseOutcome.Allowed => this with { Allowed = Allowed + 1 },
        UseOutcome.Denied => this with { Denied = Denied + 1 },
        UseOutcome.Limited => this with { Limited = Limited + 1 },
    };

    public static UseCounts operator +(UseCounts one, UseCounts other) =>
        new(one.Allowed + other.Allowed, one.Denied + other.Denied, one.Limited + other.Limited);
}
