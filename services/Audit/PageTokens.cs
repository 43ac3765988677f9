using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using Google.Protobuf;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Audit;

/// <summary>
/// Writes and reads page tokens: where the page ended, bound to the filter, under a key that all replicas share. A token is
/// <c>base64url(01 ‖ place (8 bytes, big endian) ‖ the first 16 bytes of an HMAC-SHA-256)</c>.
/// </summary>
internal sealed class PageTokens(ServiceDatabase database)
{
    private const byte Format = 1;
    private const int PlaceEnd = 9;
    private const int SizeInBytes = PlaceEnd + 16;

    private byte[]? key;

    /// <summary>Writes the token of a page that ended with an entry.</summary>
    public async Task<string> WriteAsync(EventFilter filter, long last, CancellationToken cancellationToken)
    {
        var token = new byte[SizeInBytes];
        token[0] = Format;
        BinaryPrimitives.WriteInt64BigEndian(token.AsSpan(1), last);
        Mac(await KeyAsync(cancellationToken), filter, token.AsSpan(0, PlaceEnd)).CopyTo(token.AsSpan(PlaceEnd));
        return Base64Url.EncodeToString(token);
    }

    /// <summary>Reads the place of the entry that the page before ended with, or null where the token was not given for this filter.</summary>
    public async Task<long?> ReadAsync(EventFilter filter, string text, CancellationToken cancellationToken)
    {
        var token = new byte[SizeInBytes];
        if (text.Length != Base64Url.GetEncodedLength(SizeInBytes)
            || !Base64Url.IsValid(text)
            || !Base64Url.TryDecodeFromChars(text, token, out var length)
            || length != SizeInBytes)
        {
            return null;
        }

        var mac = Mac(await KeyAsync(cancellationToken), filter, token.AsSpan(0, PlaceEnd));
        return CryptographicOperations.FixedTimeEquals(mac, token.AsSpan(PlaceEnd)) && token[0] == Format
            ? BinaryPrimitives.ReadInt64BigEndian(token.AsSpan(1))
            : null;
    }

    private static ReadOnlySpan<byte> Mac(byte[] key, EventFilter filter, ReadOnlySpan<byte> place)
    {
        var filterBytes = filter.ToByteArray();
        var data = new byte[place.Length + filterBytes.Length];
        place.CopyTo(data);
        filterBytes.CopyTo(data.AsSpan(place.Length));
        return HMACSHA256.HashData(key, data).AsSpan(0, SizeInBytes - PlaceEnd);
    }

    // Whichever replica comes first makes it. It protects no secret: a forged token would show nothing that its holder may not read.
    private async Task<byte[]> KeyAsync(CancellationToken cancellationToken)
    {
        if (key is { } known)
        {
            return known;
        }

        await using var insert = database.CreateCommand("INSERT INTO shared_keys (name, key) VALUES ('page-tokens', $1) ON CONFLICT DO NOTHING");
        insert.Parameters.Add(new() { Value = RandomNumberGenerator.GetBytes(32) });
        await insert.ExecuteNonQueryAsync(cancellationToken);

        await using var select = database.CreateCommand("SELECT key FROM shared_keys WHERE name = 'page-tokens'");
        return key = (byte[])(await select.ExecuteScalarAsync(cancellationToken))!;
    }
}
