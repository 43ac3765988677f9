namespace McpSecure.ApiKey;

/// <summary>
/// Judges a key that was proven by its secret: its state, its organization, then what only its holder is told: network, limits, scopes and
/// permissions, in this order.
/// </summary>
internal sealed class KeyJudge(RateLimitRules rules, RateLimiter limiter, TimeProvider clock)
{
    /// <summary>Judges a key. Completes at once unless a limit has to be asked for in Redis.</summary>
    public ValueTask<VerifyResult> JudgeAsync(KnownKey key, in KeyQuestion question)
    {
        if (WhyInvalid(key.Record, question.Organization) is { } why)
        {
            return new(new VerifyResult.Invalid(why, key.Record.Id, key));
        }

        if (!key.IsAllowedFrom(question.Address))
        {
            return new(new VerifyResult.AddressNotAllowed(key));
        }

        var limits = LimitsOf(key, question);
        if (limits.Count == 0)
        {
            return new(WhatIsMissing(key, question) ?? key.Valid);
        }

        var pending = limiter.CheckAsync(limits, question.Cost);
        return pending.IsCompletedSuccessfully ? new(Judge(key, question, pending.Result)) : JudgeAsync(key, question, pending);
    }

    private static async ValueTask<VerifyResult> JudgeAsync(KnownKey key, KeyQuestion question, ValueTask<RateVerdict> pending) =>
        Judge(key, question, await pending);

    private static VerifyResult Judge(KnownKey key, in KeyQuestion question, in RateVerdict verdict) => verdict.Outcome == RateOutcome.Admitted
        ? WhatIsMissing(key, question) ?? new VerifyResult.Valid(key, verdict.Tightest, verdict.ShadowRefused)
        : new VerifyResult.NotLetThrough(key, verdict);

    private static VerifyResult? WhatIsMissing(KnownKey key, in KeyQuestion question)
    {
        if (key.FirstMissing(question.RequiredScopes) is { } missing)
        {
            return new VerifyResult.ScopeMissing(key, missing);
        }

        return question.Permission is { } required && !key.Allows(required) ? new VerifyResult.PermissionMissing(key) : null;
    }

    private AppliedLimits LimitsOf(KnownKey key, in KeyQuestion question)
    {
        var limits = new AppliedLimits();
        key.AddLimits(ref limits);
        if (question.Address is { } address)
        {
            limits.Add(rules.OfAddress, address.Counted);
        }

        if (question.Endpoint is { Limit: var endpoint })
        {
            limits.Add(endpoint, endpoint.Per switch
            {
                CountedPer.Key => key.SubjectOf(byOrganization: false),
                CountedPer.Organization => key.SubjectOf(byOrganization: true),

                // Whoever does not say where its client is has its clients counted as one.
                CountedPer.Address => question.Address?.Counted ?? 0,
                CountedPer.Everyone => 0,
            });
        }

        return limits;
    }

    private InvalidBecause? WhyInvalid(ApiKeyRecord key, Guid? organization) => key.StateAt(clock.GetUtcNow()) switch
    {
        KeyState.Revoked => InvalidBecause.Revoked,
        KeyState.Expired => key.SuccessorId is null ? InvalidBecause.Expired : InvalidBecause.Rotated,
        KeyState.Disabled => InvalidBecause.Disabled,
        KeyState.Rotated or KeyState.Enabled => organization is null || organization == key.OrganizationId ? null : InvalidBecause.OtherOrganization,
    };
}
