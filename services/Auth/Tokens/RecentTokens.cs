using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace McpSecure.Auth;

/// <summary>
/// Remembers tokens whose signature was verified, so that it is verified once for each token and not for each call. That a signature is
/// right never changes; whether its key still counts, and whether the token works now, is asked anew each time.
/// </summary>
/// <param name="capacity">The most tokens remembered; the least recently added leave, half of them at a time.</param>
internal sealed class RecentTokens(int capacity)
{
    private readonly Lock change = new();
    private volatile ConcurrentDictionary<TokenDigest, ReadToken> young = new();
    private volatile ConcurrentDictionary<TokenDigest, ReadToken> old = new();

    /// <summary>Finds a token that was verified.</summary>
    public bool TryGet(TokenDigest digest, [NotNullWhen(true)] out ReadToken? token) => young.TryGetValue(digest, out token) || old.TryGetValue(digest, out token);

    /// <summary>Remembers a token that was verified.</summary>
    public void Add(TokenDigest digest, ReadToken token)
    {
        lock (change)
        {
            if (young.Count >= capacity / 2)
            {
                old = young;
                young = new ConcurrentDictionary<TokenDigest, ReadToken>();
            }

            young[digest] = token;
        }
    }
}
