namespace McpSecure.Authorization;

/// <summary>A question, looked at once so that many indexes can be asked cheaply.</summary>
internal readonly ref struct Asked
{
    private readonly ReadOnlySpan<ulong> prefixes;
    private readonly ReadOnlySpan<ulong> suffixes;

    /// <param name="resource">On what.</param>
    /// <param name="action">What.</param>
    /// <param name="hashes">Room for <see cref="RoomFor"/> numbers.</param>
    public Asked(string resource, string action, Span<ulong> hashes)
    {
        Resource = resource;
        Action = action;
        ActionHash = PatternHash.Of(action);
        var ends = resource.Length + 1;
        PatternHash.OfPrefixes(resource, hashes[..ends]);
        PatternHash.OfSuffixes(resource, hashes[ends..(2 * ends)]);
        prefixes = hashes[..ends];
        suffixes = hashes[ends..(2 * ends)];
        foreach (var character in resource)
        {
            Characters |= 1UL << (character & 63);
        }
    }

    public string Resource { get; }

    public string Action { get; }

    public ulong ActionHash { get; }

    /// <summary>Gets which characters are in the resource, many on one bit.</summary>
    public ulong Characters { get; }

    /// <summary>Tells how many numbers a question about a resource needs.</summary>
    public static int RoomFor(string resource) => 2 * (resource.Length + 1);

    /// <summary>Gets the hash of the resource's first characters.</summary>
    public ulong Prefix(int length) => prefixes[length];

    /// <summary>Gets the hash of the resource's last characters.</summary>
    public ulong Suffix(int length) => suffixes[length];
}
