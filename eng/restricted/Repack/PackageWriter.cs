using System.IO.Compression;
using System.Xml.Linq;

namespace McpSecure.Restricted.Repack;

/// <summary>
/// Writes a library as a .nupkg: a zip of its nuspec and its assembly. Source: the NuGet documentation, ".nuspec File Reference".
/// </summary>
internal static class PackageWriter
{
    private static readonly XNamespace Nuspec = "http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd";

    // A fixed time keeps the file the same at each run; a zip cannot say less than 1980.
    private static readonly DateTimeOffset Timestamp = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // A package without an assembly still names its framework.
    private const string MetaPackageFolder = "lib/net10.0/";

    /// <summary>Writes <c>id.version.nupkg</c> into the folder.</summary>
    public static void Write(string folder, RepackedPackage package, Library library, SingleFileBundle bundle)
    {
        using var archive = ZipFile.Open(Path.Combine(folder, $"{package.Id}.{library.Version}.nupkg"), ZipArchiveMode.Create);

        using (var nuspec = Entry(archive, $"{package.Id}.nuspec"))
            Describe(package, library).Save(nuspec);

        if (library.Assembly is null)
        {
            using var placeholder = Entry(archive, MetaPackageFolder + "_._");
        }
        else
        {
            using var assembly = Entry(archive, library.Assembly);
            assembly.Write(bundle.Read(Path.GetFileName(library.Assembly)));
        }
    }

    private static Stream Entry(ZipArchive archive, string path)
    {
        var entry = archive.CreateEntry(path, CompressionLevel.Fastest);
        entry.LastWriteTime = Timestamp;
        return entry.Open();
    }

    private static XDocument Describe(RepackedPackage package, Library library)
    {
        var framework = (library.Assembly ?? MetaPackageFolder).Split('/')[1];
        var dependencies = library.Dependencies.Select(d => (Id: d.Key, Version: d.Value)).Concat(package.Pruned)
            .OrderBy(d => d.Id, StringComparer.Ordinal)
            .Select(d => new XElement(
                Nuspec + "dependency", new XAttribute("id", d.Id), new XAttribute("version", d.Version), Assets(package, d.Id)));

        return new(new XElement(Nuspec + "package", new XElement(
            Nuspec + "metadata",
            new XElement(Nuspec + "id", package.Id),
            new XElement(Nuspec + "version", library.Version),
            new XElement(Nuspec + "authors", "The package's own authors"),
            new XElement(Nuspec + "license", new XAttribute("type", "expression"), package.License),
            new XElement(Nuspec + "description", $"The official assembly, repacked from {AspireCli.Package}."),
            new XElement(Nuspec + "dependencies", Group(framework, dependencies)),
            package.NeedsAspNetCore
                ? new XElement(Nuspec + "frameworkReferences", Group(framework,
                    [new(Nuspec + "frameworkReference", new XAttribute("name", "Microsoft.AspNetCore.App"))]))
                : null)));
    }

    private static XElement Group(string framework, IEnumerable<XElement> content)
        => new(Nuspec + "group", new XAttribute("targetFramework", framework), content);

    // Grpc.AspNetCore hands on the build targets of what it bundles; everything else keeps them to itself, as `dotnet pack` does.
    private static XAttribute Assets(RepackedPackage package, string dependency)
        => package.Id == "Grpc.AspNetCore" && dependency.StartsWith("Grpc.", StringComparison.Ordinal)
            ? new("include", "All")
            : new("exclude", "Build,Analyzers");
}
