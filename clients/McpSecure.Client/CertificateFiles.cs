using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;

namespace McpSecure.Client;

/// <summary>
/// Gives the newest usable reading of the certificate files. Looks at their content by a timer, which also sees the symbolic-link
/// swaps of Kubernetes volumes that file notifications miss. New files that cannot be used leave the old reading in place.
/// </summary>
public sealed class CertificateFiles : IDisposable
{
    private readonly MtlsOptions options;
    private readonly TimeProvider clock;
    private readonly ILogger<CertificateFiles> logger;
    private readonly ITimer timer;
    private readonly Lock reading = new();
    private byte[] seen;
    private string? lastComplaint;
    private DateTimeOffset? staleSince;
    private volatile WorkloadCertificate current;

    /// <summary>Reads the files for the first time and goes on watching them.</summary>
    /// <exception cref="CertificateFilesException">The files cannot be used; the message says which and why.</exception>
    public CertificateFiles(MtlsOptions options, TimeProvider clock, ILogger<CertificateFiles> logger)
    {
        this.options = options;
        this.clock = clock;
        this.logger = logger;
        (seen, current) = Read(unlike: null)!.Value;
        timer = clock.CreateTimer(_ => Refresh(), state: null, options.ReloadInterval, options.ReloadInterval);
    }

    /// <summary>Tells that <see cref="Current"/> is another one now, on the thread that looked at the files.</summary>
    internal event EventHandler? Changed;

    /// <summary>Gets the newest usable reading.</summary>
    public WorkloadCertificate Current => current;

    /// <summary>Stops watching; <see cref="Current"/> stays as it is.</summary>
    public void Dispose() => timer.Dispose();

    /// <summary>Looks at the files now, without waiting for the timer.</summary>
    public void Refresh()
    {
        // Outside of the lock: who listens may look at the files himself.
        if (TryRenew())
        {
            Changed?.Invoke(this, EventArgs.Empty);
        }
    }

    private bool TryRenew()
    {
        lock (reading)
        {
            try
            {
                TellOfStaleLists();
                if (Read(seen) is not { } read)
                {
                    lastComplaint = null;
                    return false;
                }

                // RFC 5280 §5.2.3: whoever could bring an older list back would make a revoked certificate good.
                if (read.Certificate.Trust.Revoked.WhyNotAfter(current.Trust.Revoked, read.Certificate.Trust.Roots) is { } older)
                {
                    throw new CertificateFilesException($"{options.RevocationListPath} is not used: {older}.");
                }

                // What a process is does not change while it runs; a file of another workload is a mistake or an attack.
                if (read.Certificate.Id != current.Id)
                {
                    throw new CertificateFilesException($"{options.CertificatePath} now names {read.Certificate.Id} instead of {current.Id}.");
                }

                (seen, current, lastComplaint) = (read.Digest, read.Certificate, null);
                Log.CertificateReloaded(logger, read.Certificate.Id.ToString(), read.Certificate.NotAfter);
                if (read.Certificate.IsRevoked)
                {
                    Log.OwnCertificateRevoked(logger, read.Certificate.Id.ToString());
                }

                return true;
            }
            catch (CertificateFilesException e) when (e.Message == lastComplaint)
            {
                // Said before; the files are looked at again next time.
            }
            catch (CertificateFilesException e)
            {
                lastComplaint = e.Message;
                Log.CertificateKept(logger, e.Message, current.NotAfter, e.InnerException);
            }

            return false;
        }
    }

    // A list that nobody replaced stays in force: what it revokes stays revoked. To refuse everybody instead would make Crypto's absence everybody's.
    private void TellOfStaleLists()
    {
        var stale = current.Trust.Revoked.StaleSince(clock.GetUtcNow());
        if (stale is { } since && stale != staleSince)
        {
            Log.RevocationListStale(logger, options.RevocationListPath, since);
        }

        staleSince = stale;
    }

    private (byte[] Digest, WorkloadCertificate Certificate)? Read(byte[]? unlike)
    {
        var (certificate, key) = ReadPair();
        var bundle = ReadFile(options.TrustBundlePath);
        var lists = ReadLists(isFirst: unlike is null);
        var digest = Digest(certificate, key, bundle, lists);

        return unlike is not null && digest.AsSpan().SequenceEqual(unlike)
            ? null
            : (digest, ReadCertificate(certificate, key, bundle, lists));
    }

    // A writer that replaces both in one step may do so between our two reads: then the certificate is another one when it is read again. One that
    // writes them one after the other may be between them: then the pair does not match, and the next look finds it whole.
    private (string Certificate, string Key) ReadPair()
    {
        var certificate = ReadFile(options.CertificatePath);
        while (true)
        {
            var key = ReadFile(options.KeyPath);
            var again = ReadFile(options.CertificatePath);
            if (again == certificate)
            {
                return (certificate, key);
            }

            certificate = again;
        }
    }

    private string ReadLists(bool isFirst) =>
        options.RevocationListPath.Length == 0 || ((isFirst || current.Trust.Revoked.IsEmpty) && !File.Exists(options.RevocationListPath))
            ? ""
            : ReadFile(options.RevocationListPath);

    private WorkloadCertificate ReadCertificate(string certificate, string key, string bundle, string lists)
    {
        try
        {
            return WorkloadCertificate.Read(certificate, key, bundle, lists, options, clock.GetUtcNow());
        }
        catch (Exception e) when (e is not CertificateFilesException)
        {
            // Bytes in a file can make the platform throw anything (an unknown curve: PlatformNotSupportedException); in a timer that ends the process.
            throw new CertificateFilesException($"The files of {options.CertificatePath} cannot be used: {e.Message}", e);
        }
    }

    private static string ReadFile(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CertificateFilesException($"{path} cannot be read: {e.Message}", e);
        }
    }

    private static byte[] Digest(params ReadOnlySpan<string> contents)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var content in contents)
        {
            hash.AppendData(SHA256.HashData(Encoding.UTF8.GetBytes(content)));
        }

        return hash.GetHashAndReset();
    }
}
