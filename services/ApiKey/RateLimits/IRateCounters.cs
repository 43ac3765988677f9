using System.Runtime.InteropServices;

namespace McpSecure.ApiKey;

/// <summary>What to count in one limit.</summary>
/// <param name="Applied">The limit and its subject.</param>
/// <param name="Ahead">How many permits to take beyond the cost, as far as there are any.</param>
/// <param name="GivenBack">How many permits that were taken ahead come back.</param>
internal readonly record struct Charge(AppliedLimit Applied, long Ahead, long GivenBack);

/// <summary>What was counted in one limit.</summary>
/// <param name="WaitInMicroseconds">How long to wait until the cost conforms; 0 or less: it does.</param>
/// <param name="Ahead">How many permits were taken beyond the cost.</param>
/// <param name="DebtInMicroseconds">How long until everything is there again.</param>
[StructLayout(LayoutKind.Auto)]
internal readonly record struct Charged(long WaitInMicroseconds, long Ahead, long DebtInMicroseconds);

/// <summary>Counts in several limits at once: a call that a limit refuses, unless it only watches, is counted in none.</summary>
internal interface IRateCounters
{
    /// <summary>Counts a call. Answers for each charge, in order; null where it cannot be counted now.</summary>
    ValueTask<Charged[]?> TryTakeAsync(Charge[] charges, long cost);
}
