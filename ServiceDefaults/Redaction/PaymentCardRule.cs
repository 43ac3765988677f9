using System.Text.RegularExpressions;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Finds numbers of payment cards (ISO/IEC 7812-1): 13 to 19 digits that begin with 2 to 6 and whose check digit is right, in one piece
/// or in groups that single spaces or hyphens part.
/// </summary>
internal sealed class PaymentCardRule() : TextRule("payment_card", "[CARD]", Digits)
{
    private const int Shortest = 13;
    private const int Longest = 19;

    // The longest run there is; which part of it is a card is looked at below.
    private static readonly Regex Runs = new("[0-9](?:[ -]?[0-9]){12,}", RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public override void Find(string text, ref List<Finding>? findings)
    {
        if (!text.AsSpan().ContainsAnyInRange('0', '9'))
        {
            return;
        }

        foreach (var run in Runs.EnumerateMatches(text))
        {
            // The fraction of a number is no card.
            if (run.Index < 2 || text[run.Index - 1] != '.' || !char.IsAsciiDigit(text[run.Index - 2]))
            {
                FindInRun(text, run.Index, run.Index + run.Length, ref findings);
            }
        }
    }

    // From each group on, as many groups as make the longest card. A group is left once and has 19 digits ahead at most.
    private void FindInRun(string text, int start, int end, ref List<Finding>? findings)
    {
        while (start < end)
        {
            var cardEnd = LongestCardAt(text, start, end);
            if (cardEnd > 0)
            {
                Add(ref findings, start, cardEnd);
            }

            start = NextGroup(text, cardEnd > 0 ? cardEnd : start, end);
        }
    }

    private static int NextGroup(string text, int at, int end)
    {
        while (at < end && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return at + 1;
    }

    private static int LongestCardAt(string text, int start, int end)
    {
        if (text[start] is < '2' or > '6')
        {
            return 0;
        }

        Span<int> digits = stackalloc int[Longest];
        var (count, group, groups, longest) = (0, 0, 0, 0);
        for (var at = start; at <= end; at++)
        {
            if (at < end && char.IsAsciiDigit(text[at]))
            {
                if (count == Longest)
                {
                    break;
                }

                digits[count++] = text[at] - '0';
                group++;
                continue;
            }

            // A group has ended. Cards are printed in groups of 3 to 7 digits of which the first has at least 4.
            groups++;
            if (groups > 1 ? group is < 3 or > 7 : at < end && count < Shortest && group is < 4 or > 6)
            {
                break;
            }

            if (count >= Shortest && HasRightCheckDigit(digits[..count]))
            {
                longest = at;
            }

            group = 0;
        }

        return longest;
    }

    // ISO/IEC 7812-1 annex B: Luhn.
    private static bool HasRightCheckDigit(ReadOnlySpan<int> digits)
    {
        var sum = 0;
        for (var i = 0; i < digits.Length; i++)
        {
            var digit = digits[^(i + 1)];
            sum += i % 2 == 0 ? digit : digit > 4 ? (2 * digit) - 9 : 2 * digit;
        }

        return sum % 10 == 0;
    }
}
