// Fills eng/feed where the packages do not restore: dotnet run eng/restricted/RestrictedFeed.cs
// A file program that needs no package itself; the parts lie in Repack/ and are compiled in by Directory.Build.targets.
#:property PublishAot=false
#:property FileBasedProgramCanSkipMSBuild=false

using McpSecure.Restricted.Repack;

try
{
    var folder = AppContext.GetData("EntryPointFileDirectoryPath") as string
        ?? throw new FeedException("Run this as a file program: dotnet run eng/restricted/RestrictedFeed.cs");
    using var feed = await LocalFeed.OpenAsync(Path.GetFullPath(Path.Combine(folder, "..", "feed")));

    if (feed.IsComplete)
    {
        Console.WriteLine($"The restricted feed is complete ({LocalFeed.Contents}).");
        return 0;
    }

    using var work = feed.StartWork();
    Console.WriteLine($"Fetching {AspireCli.Package} with npm …");
    var tools = await AspireCli.FetchAsync(work.Folder);

    Console.WriteLine("Repacking the libraries of its bundle …");
    using (var bundle = SingleFileBundle.Open(Path.Combine(tools, "managed", "aspire-managed")))
    {
        var dependencies = DependencyManifest.Read(bundle.Read("aspire-managed.deps.json"));
        foreach (var package in RepackedPackage.All)
            PackageWriter.Write(work.Folder, package, dependencies[package.Id], bundle);
    }

    feed.Publish(work, tools);
    Console.WriteLine($"{RepackedPackage.All.Count} packages, dcp and the dashboard are in {feed.Folder}.");
    return 0;
}
catch (FeedException problem)
{
    Console.Error.WriteLine(problem.Message);
    return 1;
}
catch (Exception problem) when (problem is IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"The restricted feed could not be written: {problem.Message}");
    return 1;
}
