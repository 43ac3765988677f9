using McpSecure.Client;
using Microsoft.Extensions.Options;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Ends the process with exit status 1 and the sentence that says what to mend, where a setting, a file or the migrations
/// keep it from starting. A stack trace would hide the sentence, and an abort leaves a core dump with keys in it.
/// </summary>
internal static class StartFailure
{
    private static int told;

    /// <summary>Does so from now on. May be called again: tests start many hosts in one process.</summary>
    public static void TellInOneSentence()
    {
        if (Interlocked.Exchange(ref told, 1) == 0)
        {
            AppDomain.CurrentDomain.UnhandledException += static (_, unhandled) => Tell(unhandled.ExceptionObject);
        }
    }

    private static void Tell(object thrown)
    {
        if (thrown is OptionsValidationException or CertificateFilesException or MigrationException or DatabaseAccountFileException)
        {
            Console.Error.WriteLine($"This service cannot start: {((Exception)thrown).Message}");
            Environment.Exit(1);
        }
    }
}
