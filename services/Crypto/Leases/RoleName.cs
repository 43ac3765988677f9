using System.Text.RegularExpressions;

namespace McpSecure.Crypto;

/// <summary>
/// The name of a role that we made: <c>lease_&lt;template&gt;_&lt;id&gt;</c> in a-z, 0-9 and _, at most 63 characters, of which no other lease has the same.
/// Nothing in it can end the quotes that it stands in.
/// </summary>
internal sealed partial record RoleName
{
    private const int LongestTemplate = 20;

    private readonly string name;

    private RoleName(string name) => this.name = name;

    /// <summary>Gets the name as an SQL identifier, in quotes.</summary>
    public string Identifier => $"\"{name}\"";

    /// <summary>Makes the name of a lease's role.</summary>
    public static RoleName Of(string template, Guid lease)
    {
        var readable = NotAllowed().Replace(template, "_");
        return new($"lease_{readable[..Math.Min(readable.Length, LongestTemplate)]}_{lease:N}");
    }

    /// <summary>Reads a stored name.</summary>
    /// <exception cref="InvalidDataException">It is none that we made.</exception>
    public static RoleName Read(string stored) =>
        Form().IsMatch(stored) ? new(stored) : throw new InvalidDataException("A stored role name was changed.");

    /// <summary>Returns the name.</summary>
    public override string ToString() => name;

    [GeneratedRegex("[^a-z0-9_]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex NotAllowed();

    [GeneratedRegex(@"\Alease_[a-z0-9_]{1,20}_[0-9a-f]{32}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Form();
}
