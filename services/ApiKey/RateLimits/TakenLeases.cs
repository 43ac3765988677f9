using System.Runtime.CompilerServices;

namespace McpSecure.ApiKey;

/// <summary>Remembers what a call took of which leases, to put it back where another limit refuses.</summary>
internal struct TakenLeases
{
    private Four taken;

    /// <summary>Gets or sets how many limits it took from.</summary>
    public int Count { get; set; }

    /// <summary>Gets what it took of one limit.</summary>
    [System.Diagnostics.CodeAnalysis.UnscopedRef]
    public ref Taken this[int index] => ref taken[index];

    /// <summary>Puts everything back.</summary>
    public void PutBack(int limits, long cost)
    {
        for (var i = 0; i < limits; i++)
        {
            if (taken[i].IsTaken)
            {
                taken[i].Account!.PutBack(taken[i].Lease, cost);
            }
        }
    }

    /// <summary>What was taken of one limit.</summary>
    internal struct Taken
    {
        /// <summary>Gets or sets the account; null where the limit has no leases.</summary>
        public LeaseAccount? Account { get; set; }

        /// <summary>Gets or sets of which lease it was taken.</summary>
        public long Lease { get; set; }

        /// <summary>Gets or sets whether it was taken.</summary>
        public bool IsTaken { get; set; }
    }

    [InlineArray(AppliedLimits.Most)]
    private struct Four
    {
        private Taken first;
    }
}
