using System.Buffers;
using System.Runtime.InteropServices;

namespace McpSecure.Authorization;

/// <summary>
/// Finds those of many permissions that match a question without trying each. A permission is kept under the literal text that its resource
/// pattern begins or ends with, the longer of both, or is, together with its action where that is literal. What has neither is tried, unless a character
/// that it needs is not there. What is found is only a candidate: the patterns themselves say whether it matches. Never changes.
/// </summary>
internal sealed class PermissionIndex
{
    // What stands for something else than itself; a bracket may. Surrogates and what replaces lone ones are left to the patterns.
    private static readonly SearchValues<char> Special = SearchValues.Create(
        [.. "*?[]", .. Enumerable.Range(0xD800, 0x800).Select(code => (char)code), '\uFFFD']);

    private readonly IReadOnlyList<Permission> permissions;
    private readonly bool denies;

    // By key, the first permission of a chain; next: the one behind each, or -1.
    private readonly Dictionary<ulong, int> chains = [];
    private readonly int[] next;
    private readonly int[] prefixLengths;
    private readonly int[] suffixLengths;
    private readonly bool hasWhole;

    // Those that are under no key, and the characters that each needs.
    private readonly int[] others;
    private readonly ulong[] needed;

    public PermissionIndex(IReadOnlyList<Permission> permissions)
    {
        this.permissions = permissions;
        denies = permissions.Any(permission => permission.Effect == Effect.Deny);
        next = new int[permissions.Count];
        var prefixes = new SortedSet<int>();
        var suffixes = new SortedSet<int>();
        var rest = new List<int>();

        // From the back, so that chains run forward.
        for (var i = permissions.Count - 1; i >= 0; i--)
        {
            next[i] = -1;
            var anchor = Anchor.Of(permissions[i].Resource.Text);
            switch (anchor.Kind)
            {
                case AnchorKind.Whole:
                    hasWhole = true;
                    break;
                case AnchorKind.Prefix:
                    prefixes.Add(anchor.Length);
                    break;
                case AnchorKind.Suffix:
                    suffixes.Add(anchor.Length);
                    break;
                default:
                    rest.Add(i);
                    continue;
            }

            var action = permissions[i].Action.Text;
            var key = Key(anchor.Kind, anchor.Hash, action.AsSpan().ContainsAny(Special) ? AnyAction : PatternHash.Of(action));
            next[i] = chains.GetValueOrDefault(key, -1);
            chains[key] = i;
        }

        prefixLengths = [.. prefixes];
        suffixLengths = [.. suffixes];
        rest.Reverse();
        others = [.. rest];
        needed = [.. rest.Select(i => CharactersIn(permissions[i].Resource.Text))];
    }

    private enum AnchorKind
    {
        None,
        Whole,
        Prefix,
        Suffix,
    }

    private static ulong AnyAction => ulong.MaxValue;

    /// <summary>Holds a question against the permissions.</summary>
    /// <param name="asked">The question.</param>
    /// <param name="by">What decides where one of them does.</param>
    /// <param name="verdict">Takes what matches.</param>
    public void Judge(in Asked asked, DecidedBy by, ref Verdict verdict)
    {
        if (next.Length == 0 || (!denies && !verdict.WantsAllowing))
        {
            return;
        }

        if (hasWhole)
        {
            JudgeBoth(AnchorKind.Whole, asked.Prefix(asked.Resource.Length), asked, by, ref verdict);
        }

        foreach (var length in prefixLengths)
        {
            if (length > asked.Resource.Length)
            {
                break;
            }

            JudgeBoth(AnchorKind.Prefix, asked.Prefix(length), asked, by, ref verdict);
        }

        foreach (var length in suffixLengths)
        {
            if (length > asked.Resource.Length)
            {
                break;
            }

            JudgeBoth(AnchorKind.Suffix, asked.Suffix(length), asked, by, ref verdict);
        }

        for (var i = 0; i < needed.Length; i++)
        {
            if ((needed[i] & ~asked.Characters) == 0)
            {
                Try(others[i], asked, by, ref verdict);
            }
        }
    }

    private void JudgeBoth(AnchorKind kind, ulong hash, in Asked asked, DecidedBy by, ref Verdict verdict)
    {
        JudgeChain(Key(kind, hash, asked.ActionHash), asked, by, ref verdict);
        JudgeChain(Key(kind, hash, AnyAction), asked, by, ref verdict);
    }

    private void JudgeChain(ulong key, in Asked asked, DecidedBy by, ref Verdict verdict)
    {
        if (chains.TryGetValue(key, out var at))
        {
            for (; at >= 0; at = next[at])
            {
                Try(at, asked, by, ref verdict);
            }
        }
    }

    private void Try(int at, in Asked asked, DecidedBy by, ref Verdict verdict)
    {
        var permission = permissions[at];
        if (verdict.Wants(permission) && permission.Matches(asked.Resource, asked.Action))
        {
            verdict.Take(permission, by);
            verdict.Match(at);
        }
    }

    private static ulong Key(AnchorKind kind, ulong resource, ulong action) => (resource * 0x9E3779B97F4A7C15) ^ ulong.RotateLeft(action, 21) ^ ((ulong)kind << 60);

    // A bracket may stand for itself or not: what is in or behind one is not counted on.
    private static ulong CharactersIn(string pattern)
    {
        var characters = 0UL;
        var end = pattern.AsSpan().IndexOf('[');
        foreach (var character in end < 0 ? pattern : pattern.AsSpan(0, end))
        {
            if (!Special.Contains(character))
            {
                characters |= 1UL << (character & 63);
            }
        }

        return characters;
    }

    [StructLayout(LayoutKind.Auto)]
    private readonly record struct Anchor(AnchorKind Kind, int Length, ulong Hash)
    {
        public static Anchor Of(ReadOnlySpan<char> pattern)
        {
            var prefix = pattern.IndexOfAny(Special);
            if (prefix < 0)
            {
                return new(AnchorKind.Whole, pattern.Length, PatternHash.Of(pattern));
            }

            var suffix = pattern.Length - 1 - pattern.LastIndexOfAny(Special);
            return (prefix, suffix) switch
            {
                (0, 0) => default,
                _ when prefix >= suffix => new(AnchorKind.Prefix, prefix, PatternHash.Of(pattern[..prefix])),
                _ => new(AnchorKind.Suffix, suffix, PatternHash.Backwards(pattern[^suffix..])),
            };
        }
    }
}
