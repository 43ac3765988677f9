using System.Security.Cryptography;
using System.Text;

namespace McpSecure.Restricted.Repack;

/// <summary>
/// Reads files out of an uncompressed .NET single-file bundle.
/// Source: dotnet/runtime, docs/design/features "single-file bundler", and
/// src/installer/managed/Microsoft.NET.HostModel/Bundle/{Manifest,FileEntry}.cs, bundle version 6.
/// </summary>
internal sealed class SingleFileBundle : IDisposable
{
    // The host carries this mark, the hash of a fixed text, behind the eight bytes that hold the header's offset
    // (HostWriter.SetAsBundle; src/native/corehost/bundle, "bundle_marker").
    private static readonly byte[] Marker = SHA256.HashData(".net core bundle\n"u8);

    private readonly FileStream file;
    private readonly Dictionary<string, Entry> entries;

    private SingleFileBundle(FileStream file, Dictionary<string, Entry> entries)
    {
        this.file = file;
        this.entries = entries;
    }

    /// <summary>
    /// Opens the bundle and reads its manifest. Throws <see cref="FeedException"/> when the file is none, or of another version.
    /// </summary>
    public static SingleFileBundle Open(string path)
    {
        var opened = File.OpenRead(path);
        try
        {
            return new(opened, ReadManifest(opened));
        }
        catch (Exception problem)
        {
            opened.Dispose();
            if (problem is EndOfStreamException or FormatException or ArgumentException)
                throw new FeedException($"{path} is not a .NET single-file bundle: {problem.Message}");
            throw;
        }
    }

    /// <summary>Returns the content of a bundled file. Throws <see cref="FeedException"/> when the bundle has none of this name.</summary>
    public byte[] Read(string name)
    {
        if (!entries.TryGetValue(name, out var entry))
            throw new FeedException($"The bundle {file.Name} holds no {name}.");

        var content = new byte[entry.Size];
        file.Position = entry.Offset;
        file.ReadExactly(content);
        return content;
    }

    public void Dispose() => file.Dispose();

    private static Dictionary<string, Entry> ReadManifest(FileStream bundle)
    {
        using var reader = new BinaryReader(bundle, Encoding.UTF8, leaveOpen: true);
        bundle.Position = FindHeader(bundle);

        // Header: major, minor, number of files, bundle id;
        // since version 2 also deps.json and runtimeconfig.json (offset and size each) and flags.
        var (major, minor) = (reader.ReadUInt32(), reader.ReadUInt32());
        if (major != 6)
            throw new FormatException($"bundle version {major}.{minor} instead of 6.");
        var count = reader.ReadInt32();
        _ = reader.ReadString();
        _ = reader.ReadBytes((4 * sizeof(long)) + sizeof(ulong));

        var manifest = new Dictionary<string, Entry>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            // Entry: offset, size, compressed size (0: stored as it is), type, name.
            var (offset, size, compressed) = (reader.ReadInt64(), reader.ReadInt64(), reader.ReadInt64());
            _ = reader.ReadByte();
            var name = reader.ReadString();
            if (compressed != 0)
                throw new FormatException($"{name} is compressed.");
            if (offset < 0 || size is < 0 or > int.MaxValue || offset > bundle.Length - size)
                throw new FormatException($"{name} lies outside of the file.");
            manifest.Add(name, new(offset, size));
        }

        return manifest;
    }

    private static long FindHeader(FileStream bundle)
    {
        // The mark lies in the host's data, some megabytes in; windows overlap so that none cuts it.
        var window = new byte[1 << 20];
        for (long start = 0; start < bundle.Length; start += window.Length - Marker.Length - sizeof(long))
        {
            bundle.Position = start;
            var read = bundle.ReadAtLeast(window, window.Length, throwOnEndOfStream: false);
            var found = window.AsSpan(sizeof(long), Math.Max(0, read - sizeof(long))).IndexOf(Marker);
            if (found >= 0)
                return BitConverter.ToInt64(window, found);
        }

        throw new FormatException("it lacks the bundle mark.");
    }

    private sealed record Entry(long Offset, long Size);
}
