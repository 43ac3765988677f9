using System.Collections.Frozen;
using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace McpSecure.Client;

/// <summary>Holds what one authority revoked, as it signed it. Never changes.</summary>
/// <remarks>Source: RFC 5280 §5. Only whole lists (no deltas, no partitions) signed with ECDSA, which is all that the platform's authority makes.</remarks>
internal sealed class RevocationList
{
    private const string EcdsaWithSha256 = "1.2.840.10045.4.3.2";
    private const string EcdsaWithSha384 = "1.2.840.10045.4.3.3";
    private const string NumberExtension = "2.5.29.20";
    private const string AuthorityKeyIdentifier = "2.5.29.35";

    private static readonly Asn1Tag Extensions = new(TagClass.ContextSpecific, 0);

    private readonly byte[] signed;
    private readonly byte[] signature;
    private readonly HashAlgorithmName hash;
    private readonly FrozenSet<string> serials;

    private RevocationList(byte[] signed, byte[] signature, HashAlgorithmName hash, Content content)
    {
        (this.signed, this.signature, this.hash) = (signed, signature, hash);
        (Issuer, NextUpdate, Number, serials) = (content.Issuer, content.NextUpdate, content.Number, content.Serials);
    }

    /// <summary>Gets the name of the issuer, DER.</summary>
    public byte[] Issuer { get; }

    /// <summary>Gets the name of the issuer, for people.</summary>
    public string IssuerName => new X500DistinguishedName(Issuer).Name;

    /// <summary>Gets by when the next list is due.</summary>
    public DateTimeOffset NextUpdate { get; }

    /// <summary>Gets the list's number; a greater one is newer.</summary>
    public BigInteger Number { get; }

    /// <summary>Reads a list, whose signature is yet to be verified.</summary>
    /// <exception cref="CryptographicException">It is none that we can judge by; the message says why.</exception>
    public static RevocationList Read(byte[] der)
    {
        try
        {
            var outer = new AsnReader(der, AsnEncodingRules.DER);
            var list = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            var inner = list.ReadEncodedValue().ToArray();
            var algorithm = list.ReadEncodedValue();
            var signedBy = list.ReadBitString(out _);
            list.ThrowIfNotEmpty();
            return new RevocationList(inner, signedBy, HashOf(algorithm), ReadContent(inner, algorithm.Span));
        }
        catch (AsnContentException e)
        {
            throw new CryptographicException("it holds a revocation list that cannot be read", e);
        }
    }

    /// <summary>Tells whether an authority signed this list.</summary>
    public bool IsSignedBy(X509Certificate2 authority)
    {
        // RFC 5280 §6.3.3 (f): its key must be for this.
        if (authority.Extensions.OfType<X509KeyUsageExtension>().FirstOrDefault()?.KeyUsages.HasFlag(X509KeyUsageFlags.CrlSign) != true)
        {
            return false;
        }

        using var key = authority.GetECDsaPublicKey();
        return key?.VerifyData(signed, signature, hash, DSASignatureFormat.Rfc3279DerSequence) == true;
    }

    /// <summary>Tells whether the list names a certificate of its issuer.</summary>
    public bool Names(X509Certificate2 certificate) => serials.Contains(Serial(certificate.SerialNumberBytes.Span));

    // §5.1.2: version, signature, issuer, thisUpdate, nextUpdate, revokedCertificates, extensions.
    private static Content ReadContent(byte[] inner, ReadOnlySpan<byte> algorithm)
    {
        var content = new AsnReader(inner, AsnEncodingRules.DER).ReadSequence();
        if (!content.TryReadInt32(out var version) || version != 1)
        {
            throw new CryptographicException("it holds a revocation list that is not of version 2");
        }

        // §5.1.1.2: the algorithm stands inside and outside of what is signed, and must be the same.
        if (!content.ReadEncodedValue().Span.SequenceEqual(algorithm))
        {
            throw new CryptographicException("it holds a revocation list with two signature algorithms");
        }

        var issuer = content.ReadEncodedValue().ToArray();
        ReadTime(content);
        var nextUpdate = ReadTime(content); // §5.1.2.5: must be there
        var revoked = content.PeekTag().HasSameClassAndValue(Asn1Tag.Sequence) ? ReadSerials(content.ReadSequence()) : [];
        var number = ReadNumber(content.ReadSequence(Extensions).ReadSequence());
        content.ThrowIfNotEmpty();
        return new Content(issuer, nextUpdate, number, revoked.ToFrozenSet(StringComparer.Ordinal));
    }

    private static HashSet<string> ReadSerials(AsnReader entries)
    {
        var found = new HashSet<string>(StringComparer.Ordinal);
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            found.Add(Serial(entry.ReadIntegerBytes().Span));
            ReadTime(entry);
            if (entry.HasData)
            {
                // §5.3: a critical extension that we do not know, such as another issuer of the entry, forbids the use of the list.
                ReadExtensions(entry.ReadSequence(), known: null);
            }
        }

        return found;
    }

    private static BigInteger ReadNumber(AsnReader extensions) =>
        ReadExtensions(extensions, NumberExtension) is { } number
            ? new AsnReader(number, AsnEncodingRules.DER).ReadInteger()
            : throw new CryptographicException("it holds a revocation list without a number"); // §5.2.3: must be there

    private static byte[]? ReadExtensions(AsnReader extensions, string? known)
    {
        byte[]? found = null;
        while (extensions.HasData)
        {
            var extension = extensions.ReadSequence();
            var id = extension.ReadObjectIdentifier();
            var critical = extension.PeekTag().HasSameClassAndValue(Asn1Tag.Boolean) && extension.ReadBoolean();
            var value = extension.ReadOctetString();
            if (id == known)
            {
                found = value;
            }
            else if (critical && id != AuthorityKeyIdentifier)
            {
                throw new CryptographicException($"it holds a revocation list with the critical extension {id}");
            }
        }

        return found;
    }

    // §5.1.2.4: UTCTime through 2049, GeneralizedTime from 2050.
    private static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag().HasSameClassAndValue(Asn1Tag.UtcTime) ? reader.ReadUtcTime() : reader.ReadGeneralizedTime();

    private static HashAlgorithmName HashOf(ReadOnlyMemory<byte> algorithm) =>
        new AsnReader(algorithm, AsnEncodingRules.DER).ReadSequence().ReadObjectIdentifier() switch
        {
            EcdsaWithSha256 => HashAlgorithmName.SHA256,
            EcdsaWithSha384 => HashAlgorithmName.SHA384,
            var other => throw new CryptographicException($"it holds a revocation list signed with {other}, not with ECDSA"),
        };

    // An integer may have a zero byte in front, to be positive.
    private static string Serial(ReadOnlySpan<byte> bigEndian) => Convert.ToHexString(bigEndian.TrimStart((byte)0));

    private sealed record Content(byte[] Issuer, DateTimeOffset NextUpdate, BigInteger Number, FrozenSet<string> Serials);
}
