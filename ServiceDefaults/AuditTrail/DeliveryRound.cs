namespace McpSecure.ServiceDefaults;

/// <summary>Says how one round of delivery ended.</summary>
internal abstract record DeliveryRound
{
    private DeliveryRound()
    {
    }

    /// <summary>This many events were taken, this many refused for good, on this many the log failed; perhaps more can be sent at once.</summary>
    public sealed record Done(int Taken, int Refused, int Failed, bool MoreIsThere) : DeliveryRound;

    /// <summary>The log or the database does not answer; the reason is for the operator.</summary>
    public sealed record Away(string Reason) : DeliveryRound;
}
