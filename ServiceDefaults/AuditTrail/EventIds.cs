using System.Buffers.Binary;
using System.Security.Cryptography;

namespace McpSecure.ServiceDefaults;

/// <summary>Makes the ids of events: UUIDs of version 7 (RFC 9562 §5.7), whose random bits are drawn by the hundred since one draw costs as much. Safe to use in parallel.</summary>
internal sealed class EventIds
{
    private const int RandomSizeInBytes = 10;

    private readonly Lock drawing = new();
    private readonly byte[] random = new byte[100 * RandomSizeInBytes];
    private int used = int.MaxValue;

    /// <summary>Makes an id.</summary>
    public Guid Next(DateTimeOffset now)
    {
        Span<byte> id = stackalloc byte[16];
        BinaryPrimitives.WriteInt64BigEndian(id, now.ToUnixTimeMilliseconds() << 16);
        lock (drawing)
        {
            if (used >= random.Length)
            {
                RandomNumberGenerator.Fill(random);
                used = 0;
            }

            random.AsSpan(used, RandomSizeInBytes).CopyTo(id[6..]);
            used += RandomSizeInBytes;
        }

        id[6] = (byte)((id[6] & 0x0F) | 0x70);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}
