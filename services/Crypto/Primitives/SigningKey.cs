namespace McpSecure.Crypto;

/// <summary>Signs; others verify with its public key. Safe to use in parallel.</summary>
internal abstract class SigningKey : KeyMaterial
{
    private protected SigningKey()
    {
    }

    /// <summary>Gets the public key.</summary>
    public abstract PublicKeyParameters Public { get; }

    /// <summary>Signs data, which is hashed here, in the form that JWS has it (RFC 7518 §3).</summary>
    public abstract byte[] Sign(ReadOnlySpan<byte> data);

    /// <summary>Tells whether a signature is one of this key over some data.</summary>
    public abstract bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature);
}

/// <summary>A public key. Closed: <see cref="Rsa"/> or <see cref="P256"/>.</summary>
/// <param name="KeyId">The key id: the JWK thumbprint with SHA-256 (RFC 7638), base64url.</param>
/// <param name="Algorithm">The JWS algorithm (RFC 7518 §3.1).</param>
internal abstract record PublicKeyParameters(string KeyId, string Algorithm)
{
    /// <summary>An RSA key.</summary>
    /// <param name="KeyId">The key id.</param>
    /// <param name="Modulus">Big endian without leading zeros.</param>
    /// <param name="Exponent">Big endian without leading zeros.</param>
    public sealed record Rsa(string KeyId, byte[] Modulus, byte[] Exponent) : PublicKeyParameters(KeyId, "RS256");

    /// <summary>A point on P-256.</summary>
    /// <param name="KeyId">The key id.</param>
    /// <param name="X">32 bytes, big endian.</param>
    /// <param name="Y">32 bytes, big endian.</param>
    public sealed record P256(string KeyId, byte[] X, byte[] Y) : PublicKeyParameters(KeyId, "ES256");
}
