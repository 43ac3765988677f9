using System.Diagnostics.CodeAnalysis;

namespace McpSecure.Crypto;

/// <summary>Tells which members of a configuration document are sensitive, and how their flags are called.</summary>
internal static class SensitiveName
{
    private const string FlagSuffix = "_encrypted";

    private static readonly string[] Words = ["password", "secret", "key", "token", "credential"];

    /// <summary>Tells whether values of this name are encrypted.</summary>
    public static bool Is(string name) => Words.Any(word => name.Contains(word, StringComparison.OrdinalIgnoreCase));

    /// <summary>Returns the name of the flag beside a value.</summary>
    public static string FlagOf(string name) => name + FlagSuffix;

    /// <summary>Returns the name that a flag of this name would belong to. Returns false where no sensitive value's flag is called so.</summary>
    public static bool TryGetFlagged(string name, [NotNullWhen(true)] out string? flagged)
    {
        flagged = name.EndsWith(FlagSuffix, StringComparison.Ordinal) ? name[..^FlagSuffix.Length] : null;
        return flagged is not null && Is(flagged);
    }
}
