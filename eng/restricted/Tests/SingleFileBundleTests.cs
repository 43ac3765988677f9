using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Xml.Linq;
using McpSecure.Restricted.Repack;

namespace McpSecure.Restricted;

public sealed class SingleFileBundleTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("mcpsecure-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    // The mark lies once at the start and once across the edge of the reader's first window.
    [Theory]
    [InlineData(8)]
    [InlineData((1 << 20) - 20)]
    [InlineData((1 << 20) - 4)]
    [InlineData((2 << 20) + 5)]
    public void Read_FileOfTheBundle_ReturnsItsContent(int markAt)
    {
        using var bundle = SingleFileBundle.Open(WriteBundle(markAt: markAt));

        Assert.Equal("first"u8, bundle.Read("a.dll"));
        Assert.Equal("second"u8, bundle.Read("de/b.dll"));
    }

    [Fact]
    public void Read_UnknownFile_NamesIt()
    {
        using var bundle = SingleFileBundle.Open(WriteBundle());

        var problem = Assert.Throws<FeedException>(() => bundle.Read("c.dll"));
        Assert.Contains("holds no c.dll", problem.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_AnotherBundleVersion_IsRefused() => AssertRefused(WriteBundle(version: 7), "bundle version 7.0 instead of 6.");

    [Fact]
    public void Open_CompressedFile_IsRefused() => AssertRefused(WriteBundle(compressed: 3), "a.dll is compressed.");

    [Fact]
    public void Open_FileBehindTheEnd_IsRefused() => AssertRefused(WriteBundle(shift: 1 << 24), "a.dll lies outside of the file.");

    [Fact]
    public void Open_CutShort_IsRefused()
    {
        var path = WriteBundle();
        using (var file = File.OpenWrite(path))
            file.SetLength(file.Length - 3);

        AssertRefused(path, "is not a .NET single-file bundle");
    }

    [Fact]
    public void Open_WithoutTheMark_IsRefused()
    {
        var path = Path.Combine(folder, "none");
        File.WriteAllBytes(path, new byte[3 << 20]);

        AssertRefused(path, "it lacks the bundle mark.");
    }

    [Fact]
    public void Write_Library_GivesAPackageWithItsDependencies()
    {
        using var bundle = SingleFileBundle.Open(WriteBundle());
        var manifest = DependencyManifest.Read("""
            { "runtimeTarget": { "name": "t" }, "targets": { "t": {
              "A/1.2.3": { "dependencies": { "B": "4.5.6" }, "runtime": { "lib/net10.0/a.dll": {} } } } } }
            """u8.ToArray());

        PackageWriter.Write(folder, new("A", "MIT", NeedsAspNetCore: true, ("C", "7.8.9")), manifest["A"], bundle);

        using var package = ZipFile.OpenRead(Path.Combine(folder, "A.1.2.3.nupkg"));
        using var content = new StreamReader(package.GetEntry("lib/net10.0/a.dll")!.Open());
        using var nuspec = package.GetEntry("A.nuspec")!.Open();
        var elements = XDocument.Load(nuspec).Descendants().ToLookup(e => e.Name.LocalName, StringComparer.Ordinal);
        Assert.Equal("first", content.ReadToEnd());
        Assert.Equal(["B", "C"], elements["dependency"].Select(d => d.Attribute("id")!.Value));
        Assert.Equal(["4.5.6", "7.8.9"], elements["dependency"].Select(d => d.Attribute("version")!.Value));
        Assert.Equal("Microsoft.AspNetCore.App", Assert.Single(elements["frameworkReference"]).Attribute("name")!.Value);
    }

    private static void AssertRefused(string path, string reason)
    {
        var problem = Assert.Throws<FeedException>(() => SingleFileBundle.Open(path));
        Assert.Contains(reason, problem.Message, StringComparison.Ordinal);
    }

    private string WriteBundle(int markAt = 4096, uint version = 6, long compressed = 0, long shift = 0)
    {
        var path = Path.Combine(folder, Path.GetRandomFileName());
        using var writer = new BinaryWriter(File.Create(path), Encoding.UTF8);
        writer.Seek(markAt + 64, SeekOrigin.Begin);
        var first = Append("first"u8);
        var second = Append("second"u8);

        var header = writer.BaseStream.Position;
        writer.Write(version);
        writer.Write(0u);
        writer.Write(2);
        writer.Write("id");
        writer.Write(new byte[40]);
        Describe("a.dll", first + shift, 5, compressed);
        Describe("de/b.dll", second, 6, 0);

        writer.Seek(markAt - sizeof(long), SeekOrigin.Begin);
        writer.Write(header);
        writer.Write(SHA256.HashData(".net core bundle\n"u8));
        return path;

        long Append(ReadOnlySpan<byte> content)
        {
            var offset = writer.BaseStream.Position;
            writer.Write(content);
            return offset;
        }

        void Describe(string name, long offset, long size, long compressedSize)
        {
            writer.Write(offset);
            writer.Write(size);
            writer.Write(compressedSize);
            writer.Write((byte)1);
            writer.Write(name);
        }
    }
}
