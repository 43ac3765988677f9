using System.Text.Json;

namespace McpSecure.Restricted.Repack;

/// <summary>Names a library as the bundle's deps.json does: its version, its assembly, what it depends on.</summary>
/// <param name="Version">The package's version.</param>
/// <param name="Assembly">
/// Its path inside the package, such as <c>lib/net10.0/Grpc.Net.Client.dll</c>; null for a package without one.
/// </param>
/// <param name="Dependencies">Package ids with their lowest version.</param>
internal sealed record Library(string Version, string? Assembly, IReadOnlyDictionary<string, string> Dependencies);

/// <summary>Reads a deps.json. Source: dotnet/sdk, documentation/specs/runtime-configuration-file.md, "appname.deps.json".</summary>
internal sealed class DependencyManifest
{
    private readonly Dictionary<string, Library> libraries = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Returns the library of this package id. Throws <see cref="FeedException"/> when there is none.</summary>
    public Library this[string id] => libraries.GetValueOrDefault(id) ?? throw new FeedException($"The bundle holds no {id}.");

    /// <summary>Reads the libraries of the manifest's own target.</summary>
    public static DependencyManifest Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var target = document.RootElement.GetProperty("runtimeTarget").GetProperty("name").GetString()!;
        var manifest = new DependencyManifest();

        foreach (var library in document.RootElement.GetProperty("targets").GetProperty(target).EnumerateObject())
        {
            if (library.Name.Split('/') is [var id, var version])
                manifest.libraries.Add(id, new(version, Assembly(library.Value), Dependencies(library.Value)));
        }

        return manifest;
    }

    private static string? Assembly(JsonElement library)
        => library.TryGetProperty("runtime", out var files) ? files.EnumerateObject().Select(file => file.Name).FirstOrDefault() : null;

    private static Dictionary<string, string> Dependencies(JsonElement library)
        => library.TryGetProperty("dependencies", out var dependencies)
            ? dependencies.EnumerateObject().ToDictionary(d => d.Name, d => d.Value.GetString()!, StringComparer.OrdinalIgnoreCase)
            : [];
}
