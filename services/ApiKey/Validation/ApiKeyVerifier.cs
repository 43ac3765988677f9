using McpSecure.ServiceDefaults;

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
    Expired,
}

/// <summary>What a presented key turned out to be.</summary>
internal abstract record VerifyResult
{
    private VerifyResult()
    {
    }

    internal sealed record Valid(ApiKeyRecord Key) : VerifyResult;

    /// <summary>The key is not valid. Which key it claims to be is not proven.</summary>
    internal sealed record Invalid(InvalidBecause Why, ApiKeyId? Claimed) : VerifyResult;

    internal sealed record ScopeMissing(ApiKeyRecord Key, string Scope) : VerifyResult;
}

/// <summary>
/// Verifies presented keys. What this platform did not make is refused without I/O by form and checksum. Whatever is left costs the same
/// and reads the same, valid or not: one look for the key, one comparison of the secret; only then the key's state counts.
/// </summary>
internal sealed class ApiKeyVerifier(PepperSource pepper, ApiKeyReader keys, SecretVerifier secrets, TimeProvider clock)
{
    /// <exception cref="Refusal">BUSY, or DEPENDENCY_UNAVAILABLE while the pepper is not there.</exception>
    public async ValueTask<VerifyResult> VerifyAsync(string text, IReadOnlyList<string> requiredScopes, CancellationToken cancellationToken)
    {
        if (!PresentedKey.TryRead(text, pepper.Current, out var presented, out var claimed))
        {
            return new VerifyResult.Invalid(claimed is null ? InvalidBecause.Unreadable : InvalidBecause.ChecksumWrong, claimed);
        }

        var key = await keys.FindAsync(presented.Id, cancellationToken);
        var isRight = await secrets.IsRightAsync(presented, key?.SecretHash, cancellationToken);

        if (WhyInvalid(key, isRight) is { } why)
        {
            return new VerifyResult.Invalid(why, presented.Id);
        }

        return FirstMissing(key!.Scopes, requiredScopes) is { } missing ? new VerifyResult.ScopeMissing(key, missing) : new VerifyResult.Valid(key);
    }

    private InvalidBecause? WhyInvalid(ApiKeyRecord? key, bool isRight) => key switch
    {
        null => InvalidBecause.Unknown,
        _ when !isRight => InvalidBecause.SecretWrong,
        { RevokedAt: not null } => InvalidBecause.Revoked,
        _ when key.IsExpiredAt(clock.GetUtcNow()) => InvalidBecause.Expired,
        _ => null,
    };

    private static string? FirstMissing(IReadOnlyList<string> held, IReadOnlyList<string> required)
    {
        foreach (var scope in required)
        {
            if (!held.Contains(scope))
            {
                return scope;
            }
        }

        return null;
    }
}
