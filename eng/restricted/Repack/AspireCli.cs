using System.ComponentModel;
using System.Diagnostics;
using System.Formats.Tar;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace McpSecure.Restricted.Repack;

/// <summary>Fetches Microsoft's Aspire CLI with the machine's own npm and lets it unpack dcp and the dashboard.</summary>
internal static class AspireCli
{
    public const string Version = "13.5.4";
    public const string Package = "@microsoft/aspire-cli-linux-x64@" + Version;

    // SHA-512 of the package's tarball; the registry publishes the same value in base64 as its "integrity".
    private const string Checksum =
        "f0f59e447335f90c10076c310e77cfb229a2dc45b4d6bd386f80e35f48c80c4e" +
        "fc4a57c969bc157d802b5bfe3cbc3cd8bcfcca491c9ee8320f540b021685e304";

    /// <summary>
    /// Returns the folder that holds <c>dcp/dcp</c> and <c>managed/aspire-managed</c>, below <paramref name="work"/>.
    /// Throws <see cref="FeedException"/> when npm, the network or the expected content is missing.
    /// </summary>
    public static async Task<string> FetchAsync(string work)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.OSArchitecture is not Architecture.X64)
            throw new FeedException($"{Package} runs on Linux x64 only; on this machine, use a package source that has Aspire {Version}.");

        var tarball = await DownloadAsync(work);
        await VerifyAsync(tarball);
        var executable = await UnpackAsync(tarball, Path.Combine(work, "cli", "bin"));
        File.Delete(tarball);

        // It unpacks beside itself, into versions/<version>_<hash>/, and writes its logs below HOME.
        await RunAsync(executable, ["setup", "--non-interactive"], work, "The Aspire CLI could not unpack itself");
        var unpacked = Directory.GetDirectories(Path.Combine(work, "cli", "versions"));
        return unpacked.Length == 1 && File.Exists(Path.Combine(unpacked[0], "dcp", "dcp"))
            ? unpacked[0]
            : throw new FeedException($"{Package} did not unpack dcp where it was expected.");
    }

    private static async Task<string> DownloadAsync(string work)
    {
        const string Failure = "npm could not fetch " + Package + "; check the network and npm's registry setting";
        await RunAsync("npm", ["pack", Package, "--pack-destination", work, "--loglevel=error"], work, Failure);
        return Directory.GetFiles(work, "*.tgz") is [var tarball] ? tarball : throw new FeedException($"{Failure}.");
    }

    private static async Task VerifyAsync(string tarball)
    {
        await using var content = File.OpenRead(tarball);
        var actual = Convert.ToHexStringLower(await SHA512.HashDataAsync(content));
        if (actual != Checksum)
            throw new FeedException($"{Package} has the SHA-512 {actual[..16]}… instead of {Checksum[..16]}…; nothing of it was used.");
    }

    private static async Task<string> UnpackAsync(string tarball, string folder)
    {
        var executable = Path.Combine(Directory.CreateDirectory(folder).FullName, "aspire");
        await using var reader = new TarReader(new GZipStream(File.OpenRead(tarball), CompressionMode.Decompress));
        while (await reader.GetNextEntryAsync() is { } entry)
        {
            if (entry.Name == "package/bin/aspire")
            {
                await entry.ExtractToFileAsync(executable, overwrite: false);
                return executable;
            }
        }

        throw new FeedException($"{Package} holds no package/bin/aspire.");
    }

    private static async Task RunAsync(string program, string[] arguments, string work, string failure)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
            WorkingDirectory = work,
        };
        if (program != "npm") // npm needs the user's own settings
        {
            start.Environment["HOME"] = work;
            start.Environment["ASPIRE_CLI_TELEMETRY_OPTOUT"] = "true";
        }

        try
        {
            using var process = Process.Start(start)!;
            var output = await Task.WhenAll(process.StandardError.ReadToEndAsync(), process.StandardOutput.ReadToEndAsync());
            await process.WaitForExitAsync();
            if (process.ExitCode != 0)
                throw new FeedException($"{failure} (it said: {FirstLine(string.Concat(output)) ?? $"exit code {process.ExitCode}"}).");
        }
        catch (Win32Exception)
        {
            throw new FeedException(program == "npm"
                ? "npm was not found; install Node.js with npm, then run this again."
                : $"{failure} (it cannot be executed in {work}).");
        }
    }

    private static string? FirstLine(string text)
        => text.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
            .FirstOrDefault(line => !line.StartsWith("npm warn", StringComparison.OrdinalIgnoreCase));
}
