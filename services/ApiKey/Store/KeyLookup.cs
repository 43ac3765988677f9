namespace McpSecure.ApiKey;

/// <summary>Finds an imported key, whose text has no id in it: 32 bytes that only its text gives.</summary>
internal readonly record struct KeyLookup(ReadOnlyMemory<byte> Bytes)
{
    public bool Equals(KeyLookup other) => Bytes.Span.SequenceEqual(other.Bytes.Span);

    public override int GetHashCode() => BitConverter.ToInt32(Bytes.Span);

    /// <summary>Writes it as row-level security compares it.</summary>
    public string ToHex() => Convert.ToHexStringLower(Bytes.Span);

    public override string ToString() => nameof(KeyLookup);
}
