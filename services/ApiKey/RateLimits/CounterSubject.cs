using System.Buffers.Binary;

namespace McpSecure.ApiKey;

/// <summary>Makes the number that a subject is counted under.</summary>
internal static class CounterSubject
{
    /// <summary>Gives the number of a UUID.</summary>
    public static UInt128 Of(Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes, bigEndian: true, out _);
        return BinaryPrimitives.ReadUInt128BigEndian(bytes);
    }
}
