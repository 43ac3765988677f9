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
    Disabled,
    Expired,

    /// <summary>A successor took its place and the overlap is over.</summary>
    Rotated,
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

/// <summary>Verifies presented keys: whose secret it is first, at the same cost whatever comes of it; only then the key's state counts.</summary>
internal sealed class ApiKeyVerifier(KeyProof proof, TimeProvider clock)
{
    /// <exception cref="Refusal">BUSY, or DEPENDENCY_UNAVAILABLE while the pepper is not there.</exception>
    public async ValueTask<VerifyResult> VerifyAsync(string text, IReadOnlyList<string> requiredScopes, CancellationToken cancellationToken)
    {
        var (key, why, claimed) = await proof.ProveAsync(text, cancellationToken);
        if (key is null)
        {
            return new VerifyResult.Invalid(why, claimed);
        }

        if (WhyInvalid(key) is { } because)
        {
            return new VerifyResult.Invalid(because, key.Id);
        }

        return FirstMissing(key.Scopes, requiredScopes) is { } missing ? new VerifyResult.ScopeMissing(key, missing) : new VerifyResult.Valid(key);
    }

    private InvalidBecause? WhyInvalid(ApiKeyRecord key) => key.StateAt(clock.GetUtcNow()) switch
    {
        KeyState.Revoked => InvalidBecause.Revoked,
        KeyState.Expired => key.SuccessorId is null ? InvalidBecause.Expired : InvalidBecause.Rotated,
        KeyState.Disabled => InvalidBecause.Disabled,
        KeyState.Rotated or KeyState.Enabled => null,
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
