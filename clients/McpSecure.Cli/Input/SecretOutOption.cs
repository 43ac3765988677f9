using System.CommandLine;
using System.Text;
using McpSecure.Cli.Profiles;

namespace McpSecure.Cli.Input;

/// <summary>Lets a caller keep a secret that is shown once in a file instead of on the screen.</summary>
internal sealed class SecretOutOption(string what)
{
    /// <summary>Gets the option <c>--secret-out</c>.</summary>
    public Option<string?> Option { get; } =
        FileOption.Create("--secret-out", $"Write {what} to FILE, which only its owner may read, and do not show it.");

    /// <summary>
    /// Makes room for the secret where the caller named a file; else answers null. Comes before the call that makes the secret: a
    /// file that cannot be written must not cost a secret that is shown once.
    /// </summary>
    public OwnerOnlyFile? Prepare(Invocation invocation) =>
        invocation.Arguments.GetValue(Option) is { } path ? OwnerOnlyFile.Create(path) : null;

    /// <summary>Writes the secret as one line where there is a file for it, and answers its path; else null.</summary>
    public static string? TryKeep(OwnerOnlyFile? file, string secret)
    {
        file?.Commit(Encoding.UTF8.GetBytes(secret + "\n"));
        return file?.Path;
    }
}
