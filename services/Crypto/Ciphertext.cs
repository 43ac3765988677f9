using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace McpSecure.Crypto;

/// <summary>
/// Reads and writes the form that ciphertexts have outside: <c>mcs1.&lt;keyring&gt;.&lt;version&gt;.&lt;base64url&gt;</c>, where the last part
/// is the sealed message, without padding. A ciphertext has one spelling: what <see cref="TryParse"/> takes is what <see cref="Write"/> gives.
/// </summary>
internal readonly ref struct Ciphertext
{
    private const string Prefix = "mcs1.";

    private static readonly SearchValues<char> Base64UrlCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");

    private Ciphertext(ReadOnlySpan<char> keyring, int version, ReadOnlySpan<char> encoded)
    {
        Keyring = keyring;
        Version = version;
        Encoded = encoded;
    }

    /// <summary>Gets the name of the keyring. A name may hold dots: the parts are told apart from the right.</summary>
    public ReadOnlySpan<char> Keyring { get; }

    /// <summary>Gets the version of the keyring's key, from 1.</summary>
    public int Version { get; }

    /// <summary>Gets the sealed message in base64url.</summary>
    public ReadOnlySpan<char> Encoded { get; }

    /// <summary>Gets the size of the sealed message.</summary>
    public int SealedSizeInBytes => Base64Url.GetMaxDecodedLength(Encoded.Length);

    /// <summary>Reads a ciphertext. Returns false where the text is not exactly one.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Ciphertext ciphertext)
    {
        ciphertext = default;
        if (!text.StartsWith(Prefix, StringComparison.Ordinal))
        {
            return false;
        }

        var rest = text[Prefix.Length..];
        var lastDot = rest.LastIndexOf('.');
        if (lastDot < 0)
        {
            return false;
        }

        var encoded = rest[(lastDot + 1)..];
        rest = rest[..lastDot];
        var dot = rest.LastIndexOf('.');
        if (dot < 1 || !IsCanonicalBase64Url(encoded) || !TryParseVersion(rest[(dot + 1)..], out var version))
        {
            return false;
        }

        ciphertext = new Ciphertext(rest[..dot], version, encoded);
        return true;
    }

    /// <summary>Returns what stands before the sealed message in the ciphertexts of a version, the last dot included.</summary>
    public static string HeadOf(string keyring, int version) => $"{Prefix}{keyring}.{version}.";

    /// <summary>Writes a ciphertext.</summary>
    public static string Write(string head, ReadOnlySpan<byte> sealedMessage) =>
        string.Create(head.Length + Base64Url.GetEncodedLength(sealedMessage.Length), new State(head, sealedMessage), static (text, state) =>
        {
            state.Head.CopyTo(text);
            Base64Url.EncodeToChars(state.Message, text[state.Head.Length..]);
        });

    /// <summary>
    /// Returns what is bound to a message besides its bytes: the head of its ciphertext without the last dot, a zero byte that no head holds, the
    /// caller's context.
    /// </summary>
    public static byte[] AssociatedData(string head, ReadOnlySpan<byte> context)
    {
        var bound = head.AsSpan(..^1);
        var data = new byte[Encoding.UTF8.GetByteCount(bound) + 1 + context.Length];
        var written = Encoding.UTF8.GetBytes(bound, data);
        context.CopyTo(data.AsSpan(written + 1));
        return data;
    }

    /// <summary>Decodes the sealed message.</summary>
    /// <param name="destination">At least <see cref="SealedSizeInBytes"/> long.</param>
    public void Decode(Span<byte> destination) => Base64Url.DecodeFromChars(Encoded, destination);

    // The decoder takes white space, padding and stray bits in the last character; a second spelling of the same bytes is refused here.
    private static bool IsCanonicalBase64Url(ReadOnlySpan<char> encoded) =>
        !encoded.ContainsAnyExcept(Base64UrlCharacters) && (encoded.Length % 4) switch
        {
            0 => true,
            2 => (ValueOf(encoded[^1]) & 0b1111) == 0,
            3 => (ValueOf(encoded[^1]) & 0b11) == 0,
            _ => false,
        };

    private static int ValueOf(char character) => character switch
    {
        >= 'A' and <= 'Z' => character - 'A',
        >= 'a' and <= 'z' => character - 'a' + 26,
        >= '0' and <= '9' => character - '0' + 52,
        '-' => 62,
        _ => 63,
    };

    // One spelling: no sign, no white space, no leading zero.
    private static bool TryParseVersion(ReadOnlySpan<char> text, out int version) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out version) && text[0] != '0';

    private readonly ref struct State(string head, ReadOnlySpan<byte> message)
    {
        public string Head { get; } = head;

        public ReadOnlySpan<byte> Message { get; } = message;
    }
}
