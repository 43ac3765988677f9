using System.CommandLine;
using Google.Protobuf.Collections;

namespace McpSecure.Cli.Commands;

/// <summary>Reads lists page by page.</summary>
internal static class Pages
{
    /// <summary>The most that services answer at once.</summary>
    private const int LargestPage = 1000;

    /// <summary>Makes the option that bounds a list.</summary>
    public static Option<long> Limit(int otherwise = 0) =>
        Numbers.Option("--limit", "N", "List at most N; 0 for all.", otherwise, least: 0, most: int.MaxValue);

    /// <summary>Reads up to <paramref name="limit"/> items, or all where it is 0.</summary>
    public static async Task<IReadOnlyList<T>> ReadAsync<T>(long limit, Func<int, string, Task<(RepeatedField<T> Items, string NextPageToken)>> fetch)
    {
        var items = new List<T>();
        var token = "";
        do
        {
            var wanted = limit == 0 ? LargestPage : (int)Math.Min(LargestPage, limit - items.Count);
            var page = await fetch(wanted, token);
            items.AddRange(page.Items);
            token = page.NextPageToken;
        }
        while (token.Length > 0 && (limit == 0 || items.Count < limit));

        return items;
    }
}
