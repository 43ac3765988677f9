namespace McpSecure.ApiKey;

/// <summary>Why a presented key is not valid. For the audit log; the caller is told one thing for all.</summary>
internal enum InvalidBecause
{
    /// <summary>The text does not have the form of a key.</summary>
    Unreadable,

    /// <summary>The text was mistyped or made up: this platform did not make it.</summary>
    ChecksumWrong,

    /// <summary>This platform made it and has no such key any more.</summary>
    Unknown,

    SecretWrong,
    Revoked,
    Disabled,
    Expired,

    /// <summary>A successor took its place and the overlap is over.</summary>
    Rotated,

    /// <summary>It belongs to another organization than the caller asked for, or to none.</summary>
    OtherOrganization,
}

/// <summary>What a presented key turned out to be.</summary>
internal abstract record VerifyResult
{
    private VerifyResult()
    {
    }

    /// <summary>The key may be used.</summary>
    /// <param name="Key">The key.</param>
    /// <param name="Limit">The tightest limit; null where none applies.</param>
    /// <param name="ShadowRefused">The limit that only watches and would have refused it; null where none would.</param>
    internal sealed record Valid(KnownKey Key, LimitState? Limit, RateLimit? ShadowRefused) : VerifyResult;

    /// <summary>The key is not valid. Which key it claims to be is not proven, unless it is given.</summary>
    internal sealed record Invalid(InvalidBecause Why, ApiKeyId? Claimed, KnownKey? Proven = null) : VerifyResult;

    /// <summary>The address presented too many invalid keys. Nothing is said of this one.</summary>
    internal sealed record LockedOut(TimeSpan Wait) : VerifyResult;

    internal sealed record AddressNotAllowed(KnownKey Key) : VerifyResult;

    /// <summary>A limit did not let it through, or could not be counted.</summary>
    internal sealed record NotLetThrough(KnownKey Key, RateVerdict Verdict) : VerifyResult;

    internal sealed record ScopeMissing(KnownKey Key, string Scope) : VerifyResult;

    internal sealed record PermissionMissing(KnownKey Key) : VerifyResult;
}
