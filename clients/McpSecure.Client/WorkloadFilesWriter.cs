using System.Diagnostics.CodeAnalysis;

namespace McpSecure.Client;

/// <summary>
/// Replaces the files of a workload while others read them. Certificate and key change in one step: both are links into a folder of one generation,
/// reached through one link, which is renamed over, as Kubernetes does for its volumes. All that is written is for the owner alone.
/// </summary>
internal sealed class WorkloadFilesWriter(MtlsOptions options)
{
    private const string GenerationLink = "..mcpsecure";
    private const UnixFileMode OwnersFolder = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private readonly string folder = Path.GetDirectoryName(Path.GetFullPath(options.CertificatePath))!;

    /// <summary>Says why the files cannot be written, or null where they can.</summary>
    public string? WhyNot()
    {
        foreach (var place in new[] { folder, FolderOf(options.TrustBundlePath), FolderOf(options.RevocationListPath) }.Distinct(StringComparer.Ordinal))
        {
            try
            {
                using var probe = OwnersFile.Create(OwnersFile.Beside(place), FileOptions.DeleteOnClose);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return $"nothing can be written to {place} ({e.GetType().Name})";
            }
        }

        return null;
    }

    /// <summary>Replaces the trust bundle, then the revocation lists, where they differ from what is there.</summary>
    public void WriteTrust(string bundle, string lists)
    {
        Replace(options.TrustBundlePath, bundle);
        Replace(options.RevocationListPath, lists);
    }

    /// <summary>Replaces certificate and key in one step.</summary>
    public void WritePair(string certificate, string key)
    {
        // The first time, what is there now becomes a generation, so that either file still fits the other while they become links.
        if (!IsLink(options.CertificatePath) || !IsLink(options.KeyPath))
        {
            var now = MakeGeneration(File.ReadAllText(options.CertificatePath), File.ReadAllText(options.KeyPath));
            Point(now);
            Link(now, options.CertificatePath);
            Link(now, options.KeyPath);
        }

        Point(MakeGeneration(certificate, key));
    }

    /// <summary>Deletes pairs that were replaced. Not at once when they are: somebody may just be following the link to one.</summary>
    public void Tidy()
    {
        var current = new DirectoryInfo(Path.Combine(folder, GenerationLink)).LinkTarget;
        foreach (var generation in Directory.GetDirectories(folder, $"{GenerationLink}-*").Where(generation => Path.GetFileName(generation) != current))
        {
            Directory.Delete(generation, recursive: true);
        }
    }

    private static string FolderOf(string path) => Path.GetDirectoryName(Path.GetFullPath(path))!;

    private static void Replace(string path, string content)
    {
        if (File.Exists(path) && File.ReadAllText(path) == content)
        {
            return;
        }

        OwnersFile.Replace(path, content);
    }

    private static bool IsLink(string path) => new FileInfo(path).LinkTarget == TargetOf(path);

    private static string TargetOf(string path) => $"{GenerationLink}/{Path.GetFileName(path)}";

    [SuppressMessage("Interoperability", "CA1416", Justification = "On Windows a folder takes the rights of its parent.")]
    private string MakeGeneration(string certificate, string key)
    {
        var name = OwnersFile.Unique(GenerationLink);
        var generation = Path.Combine(folder, name);
        _ = OperatingSystem.IsWindows() ? Directory.CreateDirectory(generation) : Directory.CreateDirectory(generation, OwnersFolder);
        OwnersFile.Write(Path.Combine(generation, Path.GetFileName(options.KeyPath)), key);
        OwnersFile.Write(Path.Combine(generation, Path.GetFileName(options.CertificatePath)), certificate);
        return name;
    }

    private void Point(string generation) => Rename(generation, generation, Path.Combine(folder, GenerationLink));

    private void Link(string generation, string path) => Rename(generation, TargetOf(path), path);

    // Made inside the generation's folder, where it leads nowhere: File.Move renames a link that leads nowhere, and follows one that leads to a folder.
    private void Rename(string generation, string target, string path)
    {
        var unfinished = Path.Combine(folder, generation, "link");
        File.CreateSymbolicLink(unfinished, target);
        File.Move(unfinished, path, overwrite: true);
    }
}
