using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;

namespace McpSecure.ApiKey;

/// <summary>
/// The text of an API key, 80 characters: <c>mcp_sk_</c> (or the prefix of the settings), 22 of the id (base 62 of the UUID's 128 bits), 43 of the secret
/// (256.03 random bits), 8 of the checksum (<see cref="KeyDigest.WriteChecksum"/>). For secret scanners: <c>\bmcp_sk_[0-9A-Za-z]{73}\b</c>.
/// Safe in URLs, shells, file names and JSON; a double click takes all of it. Each key has one text: everything before the checksum
/// is under the checksum, and the id has one form.
/// </summary>
internal static class ApiKeyFormat
{
    public const string DefaultPrefix = "mcp_sk_";
    public const int IdLength = 22;
    public const int SecretLength = 43;
    public const int ChecksumLength = 8;

    /// <summary>The id and the secret as they are written: what is hashed, here and at rest. 65 ASCII characters.</summary>
    public const int BodyLength = IdLength + SecretLength;

    /// <summary>The characters behind the prefix.</summary>
    public const int LengthAfterPrefix = BodyLength + ChecksumLength;

    private static readonly SearchValues<char> Characters = SearchValues.Create(Base62.Digits);

    /// <summary>
    /// Tells whether a text can be a prefix: 3 to 32 lower-case letters, digits and underscores, a letter first, an underscore last; not that of
    /// imported keys.
    /// </summary>
    public static bool IsPrefix(string text) =>
        text.Length is >= 3 and <= 32 && char.IsAsciiLetterLower(text[0]) && text[^1] == '_' && text != ImportedText.Prefix
        && text.All(character => char.IsAsciiLetterLower(character) || char.IsAsciiDigit(character) || character == '_');

    /// <summary>Writes the part of a key's text before its secret; not enough to use it. Of an imported one, its prefix.</summary>
    public static string DisplayPrefix(string prefix, ApiKeyId id) => prefix == ImportedText.Prefix ? prefix : prefix + WriteId(id);

    /// <summary>Writes an id as it stands in the key's text.</summary>
    public static string WriteId(ApiKeyId id) => string.Create(IdLength, id, (text, value) =>
    {
        Span<byte> bytes = stackalloc byte[16];
        value.Value.TryWriteBytes(bytes, bigEndian: true, out _);
        Base62.Write(BinaryPrimitives.ReadUInt128BigEndian(bytes), text);
    });

    /// <summary>Reads an id as it stands in the key's text. Returns false where the text is none.</summary>
    public static bool TryReadId(ReadOnlySpan<char> text, out ApiKeyId id)
    {
        id = default;
        if (text.Length != IdLength || !Base62.TryRead(text, out var number))
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, number);
        id = new(new Guid(bytes, bigEndian: true));
        return true;
    }

    /// <summary>Makes the id and a new secret of a key, as they are written.</summary>
    // Each of the 43 digits is drawn by itself, 62^43 > 2^256: there is no number to decode and so no second form of it.
    public static string NewBody(ApiKeyId id) => WriteId(id) + RandomNumberGenerator.GetString(Base62.Digits, SecretLength);

    /// <summary>Finds the parts of a text that has the form of a key, whatever its checksum is worth. Returns false where it has not.</summary>
    public static bool TrySplit(
        string text, KeyPrefixes prefixes, out string prefix, out ApiKeyId id, out ReadOnlyMemory<char> body, out ReadOnlyMemory<char> checksum)
    {
        (prefix, id, body, checksum) = ("", default, default, default);
        if (!prefixes.TryFind(text, out var found)
            || text.AsSpan(found.Length).ContainsAnyExcept(Characters)
            || !TryReadId(text.AsSpan(found.Length, IdLength), out id))
        {
            return false;
        }

        prefix = found;
        body = text.AsMemory(found.Length, BodyLength);
        checksum = text.AsMemory(found.Length + BodyLength);
        return true;
    }
}
