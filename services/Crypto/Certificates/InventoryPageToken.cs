using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Crypto;

/// <summary>Writes and reads page tokens of the inventory: where the page before ended, and for which filter.</summary>
internal static class InventoryPageToken
{
    private const int TimeSizeInBytes = sizeof(long);
    private const int SerialSizeInBytes = 16;

    /// <summary>Writes a token.</summary>
    public static string Write(InventoryPosition last, string workload)
    {
        var bytes = new byte[TimeSizeInBytes + SerialSizeInBytes + Encoding.UTF8.GetByteCount(workload)];
        BinaryPrimitives.WriteInt64BigEndian(bytes, last.IssuedAt.UtcTicks);
        last.Serial.CopyTo(bytes, TimeSizeInBytes);
        Encoding.UTF8.GetBytes(workload, bytes.AsSpan(TimeSizeInBytes + SerialSizeInBytes));
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>Reads a token.</summary>
    /// <exception cref="Refusal">It was not given here for this filter: PAGE_TOKEN_INVALID.</exception>
    public static InventoryPosition Read(string token, string workload)
    {
        var bytes = new byte[Base64Url.GetMaxDecodedLength(token.Length)];
        if (Base64Url.IsValid(token) && Base64Url.TryDecodeFromChars(token, bytes, out var length) && length >= TimeSizeInBytes + SerialSizeInBytes)
        {
            var ticks = BinaryPrimitives.ReadInt64BigEndian(bytes);
            if (ticks >= DateTimeOffset.UnixEpoch.UtcTicks && ticks <= DateTimeOffset.MaxValue.UtcTicks)
            {
                var position = new InventoryPosition(new DateTimeOffset(ticks, TimeSpan.Zero), bytes[TimeSizeInBytes..(TimeSizeInBytes + SerialSizeInBytes)]);
                if (Write(position, workload) == token)
                {
                    return position;
                }
            }
        }

        throw Refusal.Because(ErrorReason.PageTokenInvalid, "This page token was not given here.");
    }
}
