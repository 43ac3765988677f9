using System.Runtime.CompilerServices;

namespace McpSecure.ApiKey;

/// <summary>Lists the limits that apply to a call: at most one of each kind.</summary>
internal struct AppliedLimits
{
    public const int Most = 4;

    private Four limits;

    /// <summary>Gets how many there are.</summary>
    public int Count { get; private set; }

    /// <summary>Gets one of them.</summary>
    public readonly AppliedLimit this[int index] => limits[index];

    /// <summary>Adds a limit, where there is one.</summary>
    public void Add(RateLimit? limit, UInt128 subject)
    {
        if (limit is not null)
        {
            limits[Count++] = new AppliedLimit(limit, subject);
        }
    }

    [InlineArray(Most)]
    private struct Four
    {
        private AppliedLimit first;
    }
}
