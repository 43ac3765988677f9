using System.Globalization;

namespace McpSecure.Crypto.Tests;

/// <summary>Reads what a process that this one started may have written in its memory, as whoever has taken a core dump of it does (proc(5)).</summary>
internal static class ProcessMemory
{
    private const int WindowSizeInBytes = 1024 * 1024;

    /// <summary>Returns of each needle where it is found first: a line of <c>/proc/pid/maps</c>; null where it is nowhere.</summary>
    public static string?[] Find(int pid, IReadOnlyList<byte[]> needles)
    {
        var found = new string?[needles.Count];
        var window = new byte[WindowSizeInBytes + needles.Max(needle => needle.Length)];
        using var memory = File.OpenHandle($"/proc/{pid}/mem");
        foreach (var mapping in File.ReadAllLines($"/proc/{pid}/maps").Where(line => line.Split(' ')[1].StartsWith("rw", StringComparison.Ordinal)))
        {
            var bounds = mapping.Split(' ')[0].Split('-').Select(address => long.Parse(address, NumberStyles.HexNumber, CultureInfo.InvariantCulture)).ToArray();
            for (var at = bounds[0]; at < bounds[1]; at += WindowSizeInBytes)
            {
                var size = Read(memory, window.AsSpan(0, (int)Math.Min(window.Length, bounds[1] - at)), at);
                for (var i = 0; i < found.Length; i++)
                {
                    found[i] ??= window.AsSpan(0, size).IndexOf(needles[i]) >= 0 ? mapping : null;
                }
            }
        }

        return found;
    }

    private static int Read(Microsoft.Win32.SafeHandles.SafeFileHandle memory, Span<byte> window, long at)
    {
        try
        {
            return RandomAccess.Read(memory, window, at);
        }
        catch (IOException)
        {
            return 0; // gone since the list was read
        }
    }
}
