using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace McpSecure.ApiKey;

/// <summary>The address of an end client: one number for IPv4 and IPv6, so that one address has one form (RFC 4291 §2.5.5.2).</summary>
/// <param name="Bits">The 128 bits; of IPv4 those of the mapped address.</param>
internal readonly record struct ClientAddress(UInt128 Bits)
{
    private static readonly UInt128 Mapped = 0xFFFF_0000_0000;

    /// <summary>Gets the number that it is counted under: an end user of IPv6 has a network of 64 bits, of whose addresses he can take any.</summary>
    public UInt128 Counted => IsIPv4 ? Bits : Bits >> 64 << 64;

    /// <summary>Gets whether it is one of IPv4.</summary>
    public bool IsIPv4 => Bits >> 32 == 0xFFFF;

    /// <summary>Reads an address in the usual form. Returns false for what else .NET would read: octal parts, fewer parts, zones, brackets, ports.</summary>
    public static bool TryParse(string text, out ClientAddress address)
    {
        address = default;
        if (!text.Contains(':', StringComparison.Ordinal))
        {
            var isIPv4 = TryParseIPv4(text, out var parts);
            address = new(Mapped | parts);
            return isIPv4;
        }

        if (text.AsSpan().ContainsAny("[]%/") || !IPAddress.TryParse(text, out var parsed) || parsed.AddressFamily != AddressFamily.InterNetworkV6)
        {
            return false;
        }

        Span<byte> bytes = stackalloc byte[16];
        parsed.TryWriteBytes(bytes, out _);
        address = new(BinaryPrimitives.ReadUInt128BigEndian(bytes));
        return true;
    }

    private static bool TryParseIPv4(ReadOnlySpan<char> text, out uint number)
    {
        number = 0;
        var parts = 0;
        foreach (var range in text.Split('.'))
        {
            var part = text[range];
            if (++parts > 4 || part.Length is 0 or > 3 || (part.Length > 1 && part[0] == '0') || !byte.TryParse(part, System.Globalization.NumberStyles.None, null, out var value))
            {
                return false;
            }

            number = (number << 8) | value;
        }

        return parts == 4;
    }
}
