using McpSecure.Audit.V1;
using McpSecure.Cli.Output;

namespace McpSecure.Cli.Commands;

/// <summary>Tells what verifying the log found: here, on the service, and whether they agree.</summary>
/// <param name="Intact">Whether everything agrees.</param>
/// <param name="Entries">How many entries follow from each other by our own computation.</param>
/// <param name="Head">The link of the last of them in hexadecimal.</param>
/// <param name="ServiceSaysIntact">What the service found by itself.</param>
/// <param name="ServiceEntries">How many entries the service read.</param>
/// <param name="ServiceHead">The link of the last entry that the service read in hexadecimal.</param>
/// <param name="FirstInvalidPlace">The first place that does not follow; null where all do.</param>
/// <param name="Flaw">What is wrong, in a sentence; null where nothing is.</param>
internal sealed record LogVerdict(
    bool Intact,
    long Entries,
    string Head,
    bool ServiceSaysIntact,
    long ServiceEntries,
    string ServiceHead,
    long? FirstInvalidPlace,
    string? Flaw)
{
    /// <summary>Tells of a chain that broke.</summary>
    public static LogVerdict Broken(LogChain chain, VerifyLogResponse claimed, string flaw) =>
        Make(chain, claimed, chain.Entries + 1, flaw);

    /// <summary>Compares a chain that holds with what the service says, and with a head that was missed.</summary>
    public static LogVerdict Of(LogChain chain, VerifyLogResponse claimed, LogHead? missed)
    {
        if (!claimed.Valid)
        {
            return Make(chain, claimed, claimed.FirstInvalidSequence, $"The service finds place {claimed.FirstInvalidSequence} invalid in what it stores.");
        }

        if (chain.Entries != claimed.Entries)
        {
            return Make(chain, claimed, firstInvalidPlace: null, $"The service says it holds {claimed.Entries} entries and answers {chain.Entries}.");
        }

        if (chain.Entries > 0 && !chain.Head.SequenceEqual(claimed.Head.Span))
        {
            return Make(chain, claimed, firstInvalidPlace: null, "The service names another head than its entries lead to.");
        }

        return missed is null
            ? Make(chain, claimed, firstInvalidPlace: null, flaw: null)
            : Make(chain, claimed, missed.Place, $"The log does not pass through {missed}: it is not the log that this head was noted from.");
    }

    public static string ForPeople(LogVerdict verdict) => Table.Details(
        ("Log", verdict.Intact ? "intact" : "NOT INTACT"),
        ("Entries", $"{verdict.Entries}"),
        ("Head", $"{verdict.Entries}:{verdict.Head}"),
        ("Service says", $"{(verdict.ServiceSaysIntact ? "intact" : "not intact")}, {verdict.ServiceEntries} entries"),
        ("Flaw", verdict.Flaw ?? ""));

    private static LogVerdict Make(LogChain chain, VerifyLogResponse claimed, long? firstInvalidPlace, string? flaw) => new(
        flaw is null,
        chain.Entries,
        Convert.ToHexStringLower(chain.Head),
        claimed.Valid,
        claimed.Entries,
        Convert.ToHexStringLower(claimed.Head.Span),
        firstInvalidPlace,
        flaw);
}
