using McpSecure.ServiceDefaults;

namespace McpSecure.ApiKey;

/// <summary>
/// Verifies presented keys: whose secret it is first, at the same cost whatever comes of it; only then the key itself counts. A key that this replica
/// knows is judged at once; whatever else is presented from an address that has to wait is not looked at.
/// </summary>
internal sealed class ApiKeyVerifier(KeyProof proof, KeyJudge judge, ApiKeyReader keys, AddressLockout lockout)
{
    /// <summary>Verifies a key. Completes at once where the key is known, valid, and its limits need no Redis.</summary>
    /// <exception cref="Refusal">BUSY, or DEPENDENCY_UNAVAILABLE while the pepper is not there.</exception>
    public ValueTask<VerifyResult> VerifyAsync(in KeyQuestion question, CancellationToken cancellationToken)
    {
        var text = proof.Read(question.Text);
        if (!proof.TryProveFromMemory(text, out var known))
        {
            return ProveAsync(text, question, cancellationToken);
        }

        var judging = judge.JudgeAsync(known, question);
        if (!judging.IsCompletedSuccessfully)
        {
            return judging; // a limit has to be asked for: the key itself is valid
        }

        var result = judging.Result;
        return result is VerifyResult.Invalid ended ? EndAsync(ended, text, hasRead: false, question.Address, cancellationToken) : new(result);
    }

    private async ValueTask<VerifyResult> ProveAsync(ReadText text, KeyQuestion question, CancellationToken cancellationToken)
    {
        // A true secret goes on unless its key has ended: whoever floods an address does not lock out those whose keys are in use there.
        if (question.Address is { } address && lockout.WaitOf(address) is { } wait && !proof.IsKnownSecret(text))
        {
            return new VerifyResult.LockedOut(wait);
        }

        var proven = await proof.ProveAsync(text, cancellationToken);
        var result = proven.Key is { } key ? await judge.JudgeAsync(key, question) : new VerifyResult.Invalid(proven.Why, proven.Claimed);
        return result is VerifyResult.Invalid invalid ? await EndAsync(invalid, text, proven.HasRead, question.Address, cancellationToken) : result;
    }

    // Every key with a form and a checksum that is refused as invalid costs one look into the database, whether memory knows its row or not.
    private async ValueTask<VerifyResult> EndAsync(
        VerifyResult.Invalid invalid, ReadText text, bool hasRead, ClientAddress? address, CancellationToken cancellationToken)
    {
        if (invalid is { Proven: not null, Why: InvalidBecause.Revoked or InvalidBecause.Expired or InvalidBecause.Rotated })
        {
            proof.Ended(text);
        }

        if (!hasRead && invalid is { Claimed: { } id, Why: not InvalidBecause.ChecksumWrong })
        {
            await keys.ReadAsync(id, cancellationToken);
        }

        if (address is { } from)
        {
            await lockout.FailedAsync(from);
        }

        return invalid;
    }
}
