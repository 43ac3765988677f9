using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace McpSecure.Crypto;

/// <summary>
/// Encrypts and decrypts the sensitive values of a document. To each ciphertext is bound which document and which place of it the value is
/// of, so that nobody can exchange two of them.
/// </summary>
internal static class ConfigurationProtection
{
    /// <summary>Encrypts what is not protected yet, and flags it.</summary>
    public static byte[] Protect(ConfigurationDocument document, EncryptionKeyring keyring, ReadOnlySpan<byte> context)
    {
        var edits = new List<(Range, byte[])>(document.Plain.Count);
        foreach (var value in document.Plain)
        {
            var ciphertext = keyring.Encrypt(document.Content(value.Content), ContextOf(context, value.Pointer));

            // Behind the value's closing quote: the comma, and a flag whose name is spelled as the value's name is.
            var name = Encoding.UTF8.GetString(document.Content(value.Name));
            var flag = $"""
                {ciphertext}","{SensitiveName.FlagOf(name)}":true
                """;
            edits.Add((value.Content.Start..(value.Content.End.Value + 1), Encoding.UTF8.GetBytes(flag)));
        }

        return document.With(edits);
    }

    /// <summary>Decrypts what is protected and takes the flags away. Returns null where a value is not this place's of this document.</summary>
    public static byte[]? Unprotect(ConfigurationDocument document, EncryptionKeyring keyring, ReadOnlySpan<byte> context)
    {
        var edits = new List<(Range Range, byte[] Replacement)>(2 * document.Protected.Count);
        try
        {
            foreach (var value in document.Protected)
            {
                var ciphertext = Encoding.UTF8.GetString(document.Content(value.Content));
                if (!keyring.TryDecrypt(ciphertext, ContextOf(context, value.Pointer), out var plaintext, out _))
                {
                    return null;
                }

                edits.Add((value.Content, plaintext));
                edits.Add((value.Flag, []));

                // Whoever may encrypt may have bound to this place what closes the string and goes on with members of its own.
                if (!IsContentOfAString(plaintext))
                {
                    return null;
                }
            }

            return document.With(edits);
        }
        finally
        {
            foreach (var (_, replacement) in edits)
            {
                CryptographicOperations.ZeroMemory(replacement);
            }
        }
    }

    // The length parts the caller's bytes from the place: no two pairs have one context.
    private static byte[] ContextOf(ReadOnlySpan<byte> context, string pointer)
    {
        var label = "mcpsecure.configuration\0"u8;
        var bytes = new byte[label.Length + sizeof(int) + context.Length + Encoding.UTF8.GetByteCount(pointer)];
        label.CopyTo(bytes);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(label.Length), context.Length);
        context.CopyTo(bytes.AsSpan(label.Length + sizeof(int)));
        Encoding.UTF8.GetBytes(pointer, bytes.AsSpan(label.Length + sizeof(int) + context.Length));
        return bytes;
    }

    private static bool IsContentOfAString(byte[] content)
    {
        byte[] quoted = [(byte)'"', .. content, (byte)'"'];
        try
        {
            var reader = new Utf8JsonReader(quoted);
            return reader.Read() && reader.TokenType == JsonTokenType.String && reader.BytesConsumed == quoted.Length;
        }
        catch (JsonException)
        {
            return false;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(quoted);
        }
    }
}
