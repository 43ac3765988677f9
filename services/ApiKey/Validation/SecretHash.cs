using System.Globalization;

namespace McpSecure.ApiKey;

/// <summary>What is kept of a key's secret: a bcrypt hash with its salt and work factor, <c>$2a$12$…</c>, of the key's id and secret.</summary>
internal readonly record struct SecretHash(string Text)
{
    private const string ImportedMark = "$sha256$";

    /// <summary>
    /// Gets what an imported key has that was not used yet: its text is found by SHA-256 and hashed when it is first seen. No text matches this.
    /// </summary>
    public static SecretHash Imported { get; } = new(ImportedMark);

    public bool IsImported => Text == ImportedMark;

    /// <summary>Gets bcrypt's work factor: the two digits of <c>$2a$12$…</c>.</summary>
    public int WorkFactor => IsImported ? 0 : int.Parse(Text.AsSpan(4, 2), NumberStyles.None, CultureInfo.InvariantCulture);

    public override string ToString() => nameof(SecretHash);
}
