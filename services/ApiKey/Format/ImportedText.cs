using System.Buffers;

namespace McpSecure.ApiKey;

/// <summary>
/// The text of a key of before: <c>mlcp_</c> and 32 random bytes in base64url (RFC 4648 §5), with its padding or without. It has neither id nor
/// checksum. For secret scanners: <c>\bmlcp_[0-9A-Za-z_-]{43}=?</c>.
/// </summary>
internal readonly struct ImportedText
{
    public const string Prefix = "mlcp_";

    /// <summary>The most characters of such a text.</summary>
    public const int MaxLength = 5 + DigitCount + 1;

    private const int DigitCount = 43;

    private static readonly SearchValues<char> Digits = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private readonly string text;

    private ImportedText(string text) => this.text = text;

    /// <summary>Reads a text. Returns false where it has not this form.</summary>
    public static bool TryRead(string text, out ImportedText imported)
    {
        imported = new(text);
        return text.StartsWith(Prefix, StringComparison.Ordinal)
            && (text.Length == MaxLength - 1 || (text.Length == MaxLength && text[^1] == '='))
            && !text.AsSpan(Prefix.Length, DigitCount).ContainsAnyExcept(Digits);
    }

    /// <summary>Gives the whole text.</summary>
    public string Reveal() => text;

    /// <summary>Gives what bcrypt is computed of: the id as keys of ours write it, and the text behind its prefix. At most 66 ASCII characters.</summary>
    public string RevealBody(ApiKeyId id) => ApiKeyFormat.WriteId(id) + text[Prefix.Length..];

    public override string ToString() => nameof(ImportedText);
}
