namespace McpSecure.Cli;

/// <summary>Reads the Base32 that authenticator secrets are written in (RFC 4648 section 6).</summary>
internal static class Base32
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

    /// <summary>
    /// Decodes <paramref name="text"/>. Spaces and hyphens are skipped, small letters are read as capitals and padding may be missing,
    /// as people type it. Answers null where another character is met or bits are left over.
    /// </summary>
    public static byte[]? TryDecode(ReadOnlySpan<char> text)
    {
        text = text.Trim().TrimEnd('=');
        var bytes = new List<byte>(text.Length * 5 / 8);
        var (buffer, bits) = (0, 0);
        foreach (var character in text)
        {
            if (character is ' ' or '-')
            {
                continue;
            }

            var value = Alphabet.IndexOf(char.ToUpperInvariant(character), StringComparison.Ordinal);
            if (value < 0)
            {
                return null;
            }

            buffer = (buffer << 5) | value;
            bits += 5;
            if (bits >= 8)
            {
                bits -= 8;
                bytes.Add((byte)(buffer >> bits));
                buffer &= (1 << bits) - 1;
            }
        }

        return bits < 5 && buffer == 0 ? [.. bytes] : null;
    }
}
