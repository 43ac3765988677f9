using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Options;

namespace McpSecure.ApiKey;

/// <summary>Knows what keys begin with: the one that new keys get, and those that are still read.</summary>
internal sealed class KeyPrefixes(IOptions<ApiKeyOptions> options)
{
    private readonly string[] accepted = [options.Value.Prefix, .. options.Value.AcceptedPrefixes];

    /// <summary>Gets the prefix of new keys.</summary>
    public string Current { get; } = options.Value.Prefix;

    /// <summary>Finds the prefix that a text of a key's form begins with. Their lengths tell two of them apart, or their letters do.</summary>
    public bool TryFind(string text, [NotNullWhen(true)] out string? prefix)
    {
        foreach (var one in accepted)
        {
            if (text.Length == one.Length + ApiKeyFormat.LengthAfterPrefix && text.StartsWith(one, StringComparison.Ordinal))
            {
                prefix = one;
                return true;
            }
        }

        prefix = null;
        return false;
    }
}
