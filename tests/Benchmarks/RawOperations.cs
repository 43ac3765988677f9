using McpSecure.Crypto;

namespace McpSecure.Benchmarks;

/// <summary>Makes the operations of Crypto that are compared with OpenSSL's.</summary>
internal static class RawOperations
{
    /// <summary>Signs RS256 with a key of 2 048 bits.</summary>
    public static RawOperation SignRs256()
    {
        using var pkcs8 = RsaSigningKey.Generate(2048);
        var key = new RsaSigningKey(pkcs8, 2048);
        var data = new byte[256];
        return new(() => key.Sign(data), Batch: 1, key);
    }

    /// <summary>Seals messages of a size with XAES-256-GCM under nonces of their own, as Encrypt does.</summary>
    public static RawOperation Seal(int size)
    {
        var key = new Xaes256Gcm(new byte[Xaes256Gcm.KeySizeInBytes]);
        var plaintext = new byte[size];
        var message = new byte[size + Xaes256Gcm.OverheadInBytes];
        return new(() => key.Seal(plaintext, [], message), Batch: 16, key);
    }
}
