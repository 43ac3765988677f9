using System.CommandLine;
using System.Text;
using McpSecure.Cli.Profiles;

namespace McpSecure.Cli.Input;

/// <summary>Lets a caller keep a secret that is shown once in a file instead of on the screen.</summary>
internal sealed class SecretOutOption(string what)
{
    /// <summary>Gets the option <c>--secret-out</c>.</summary>
    public Option<string?> Option { get; } = new("--secret-out")
    {
        HelpName = "FILE",
        Description = $"Write {what} to FILE, which only its owner may read, and do not show it.",
    };

    /// <summary>Writes the secret as one line where the caller named a file, and answers its path; else null.</summary>
    public string? TryKeep(Invocation invocation, string secret)
    {
        if (invocation.Arguments.GetValue(Option) is not { } path)
        {
            return null;
        }

        OwnerOnlyFile.Write(path, Encoding.UTF8.GetBytes(secret + "\n"));
        return path;
    }
}
