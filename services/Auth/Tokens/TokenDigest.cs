using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace McpSecure.Auth;

/// <summary>Stands for a token in memory: its SHA-256, so that no table of ours holds what works as a credential.</summary>
[StructLayout(LayoutKind.Sequential)]
internal readonly record struct TokenDigest(UInt128 High, UInt128 Low)
{
    /// <summary>Hashes a token's characters.</summary>
    public static TokenDigest Of(string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(MemoryMarshal.AsBytes(text.AsSpan()), hash);
        return MemoryMarshal.Read<TokenDigest>(hash);
    }
}
