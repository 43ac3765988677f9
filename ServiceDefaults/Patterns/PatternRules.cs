namespace McpSecure.ServiceDefaults;

/// <summary>
/// Reads patterns that callers write. Whatever fnmatch makes sense of is a pattern, a bracket that is never closed too; refused are characters
/// that no resource or action has, and more stars than anybody needs.
/// </summary>
public static class PatternRules
{
    /// <summary>The most stars of a pattern.</summary>
    public const int MaxStars = 16;

    /// <summary>Reads a pattern.</summary>
    /// <param name="pattern">The pattern.</param>
    /// <param name="field">The path of its field, which a refusal names.</param>
    /// <exception cref="Refusal">FIELD_INVALID.</exception>
    public static FnmatchPattern Read(string pattern, string field)
    {
        if (pattern.Length is 0 or > FnmatchPattern.MaxLength)
        {
            throw Refusal.InvalidField(field, $"must have 1 to {FnmatchPattern.MaxLength} characters.");
        }

        // A letter that only looks like another one would match nothing that is there, or one day something that should not be.
        if (pattern.AsSpan().ContainsAnyExceptInRange('!', '~'))
        {
            throw Refusal.InvalidField(field, "must be printable ASCII characters without spaces.");
        }

        return pattern.Count(character => character == '*') <= MaxStars
            ? new FnmatchPattern(pattern)
            : throw Refusal.InvalidField(field, $"must have at most {MaxStars} stars.");
    }
}
