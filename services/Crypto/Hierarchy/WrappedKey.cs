using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace McpSecure.Crypto;

/// <summary>
/// Seals a key under another and binds to it what it is, so that one stored key cannot stand in for another. The stored form is a byte that
/// names it, <c>01</c>, and a message of <see cref="Xaes256Gcm"/>.
/// </summary>
internal static class WrappedKey
{
    private const byte FormatXaes256Gcm = 1;

    /// <summary>Returns what a key-encryption key is called when it is sealed.</summary>
    public static byte[] KeyEncryptionKeyLabel(Guid id) => Label("key-encryption-key", id.ToString());

    /// <summary>Returns what a key version is called when it is sealed.</summary>
    public static byte[] KeyVersionLabel(string keyring, int version, KeyAlgorithm algorithm) =>
        Label("key-version", keyring, version.ToString(), StoredNames.Of(algorithm));

    /// <summary>Returns what the key of a certificate authority is called when it is sealed.</summary>
    public static byte[] AuthorityKeyLabel(Guid id, byte[] certificateDigest) =>
        Label("certificate-authority", id.ToString(), Convert.ToHexStringLower(certificateDigest));

    /// <summary>Seals a key.</summary>
    public static byte[] Wrap(Xaes256Gcm under, SecretBytes key, byte[] label)
    {
        var wrapped = new byte[1 + Xaes256Gcm.SealedSizeInBytes(key.Reveal().Length)];
        wrapped[0] = FormatXaes256Gcm;
        under.Seal(key.Reveal(), label, wrapped.AsSpan(1));
        return wrapped;
    }

    /// <summary>Opens a sealed key. Returns false where it was not sealed under this key and label, or was changed since.</summary>
    public static bool TryUnwrap(Xaes256Gcm under, ReadOnlySpan<byte> wrapped, byte[] label, [NotNullWhen(true)] out SecretBytes? key)
    {
        key = null;
        if (wrapped.IsEmpty || wrapped[0] != FormatXaes256Gcm || !under.TryOpen(wrapped[1..], label, out var opened))
        {
            return false;
        }

        key = SecretBytes.Take(opened);
        return true;
    }

    // No part holds a zero byte, so no two lists of parts have one label.
    private static byte[] Label(params ReadOnlySpan<string> parts) =>
        Encoding.UTF8.GetBytes("mcpsecure.crypto.v1\0" + string.Join('\0', parts));
}
