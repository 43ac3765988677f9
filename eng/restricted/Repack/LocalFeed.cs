using System.Runtime.InteropServices;

namespace McpSecure.Restricted.Repack;

/// <summary>
/// Holds the folder feed: packages at its top, <c>aspire/dcp</c> and <c>aspire/managed</c> below, and last <c>.complete</c>,
/// which Directory.Build.props looks for. Only one process at a time has it open.
/// </summary>
internal sealed class LocalFeed : IDisposable
{
    /// <summary>Names what a complete feed holds; a changed list or version makes it anew.</summary>
    public const string Contents = AspireCli.Package + ", revision 1";

    private const string WorkFolder = ".partial";
    private readonly FileStream held;

    private LocalFeed(string folder, FileStream held)
    {
        Folder = folder;
        this.held = held;
    }

    public string Folder { get; }

    public bool IsComplete => File.Exists(Marker) && File.ReadAllText(Marker).Trim() == Contents;

    private string Marker => Path.Combine(Folder, ".complete");

    private string Tools => Path.Combine(Folder, "aspire");

    /// <summary>Opens the feed and waits up to ten minutes for another process that is filling it.</summary>
    public static async Task<LocalFeed> OpenAsync(string folder)
    {
        Directory.CreateDirectory(folder);
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new(folder, new(Path.Combine(folder, ".lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (attempt < 600)
            {
                await Task.Delay(TimeSpan.FromSeconds(1));
            }
        }
    }

    /// <summary>Removes what an earlier run left and gives a folder to work in, which is gone after <see cref="Work.Dispose"/>.</summary>
    public Work StartWork()
    {
        File.Delete(Marker);
        Delete(Tools);
        foreach (var package in Directory.GetFiles(Folder, "*.nupkg"))
            File.Delete(package);
        Delete(Path.Combine(Folder, WorkFolder));
        return new(Directory.CreateDirectory(Path.Combine(Folder, WorkFolder)).FullName);
    }

    /// <summary>Moves the finished packages and tools into place and marks the feed complete.</summary>
    public void Publish(Work work, string tools)
    {
        Directory.Move(tools, Tools);
        foreach (var package in Directory.GetFiles(work.Folder, "*.nupkg"))
            File.Move(package, Path.Combine(Folder, Path.GetFileName(package)));
        File.WriteAllText(Marker, Contents + "\n");
    }

    public void Dispose() => held.Dispose();

    private static void Delete(string folder)
    {
        if (Directory.Exists(folder))
            Directory.Delete(folder, recursive: true);
    }

    /// <summary>Is the folder for what is not finished. It goes with the process, also when that is told to end.</summary>
    internal sealed class Work : IDisposable
    {
        private readonly PosixSignalRegistration interrupt;
        private readonly PosixSignalRegistration terminate;

        public Work(string folder)
        {
            Folder = folder;
            interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => Remove());
            terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => Remove());
        }

        public string Folder { get; }

        public void Dispose()
        {
            interrupt.Dispose();
            terminate.Dispose();
            Remove();
        }

        private void Remove()
        {
            try
            {
                Delete(Folder);
            }
            catch (IOException)
            {
                // A process that we started still writes into it; the next run removes the rest.
            }
        }
    }
}
