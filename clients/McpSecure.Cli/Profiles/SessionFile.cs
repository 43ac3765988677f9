using System.Text.Json;

namespace McpSecure.Cli.Profiles;

/// <summary>Keeps the session between commands, in a file that only its owner reads.</summary>
internal sealed class SessionFile(string path)
{
    /// <summary>Names another session file than the one beside the profile.</summary>
    public const string EnvironmentVariable = "MCPSECURE_SESSION";

    private const string SignInHint = "`mcpsecure signin <user>` signs in.";

    /// <summary>Gets where the session is kept.</summary>
    public string Path => path;

    /// <summary>Chooses the file: the option, else the environment, else <c>cli.session.json</c> beside the profile <c>cli.json</c>.</summary>
    public static SessionFile Locate(string? option, string profilePath) =>
        new(option
            ?? (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } named
                ? named
                : System.IO.Path.ChangeExtension(profilePath, ".session.json")));

    /// <summary>Answers the session.</summary>
    /// <exception cref="CommandFailure">Nobody is signed in, or the file cannot be used.</exception>
    public Session Read()
    {
        if (OwnerOnlyFile.TryRead(path) is not { } content)
        {
            throw new CommandFailure(ExitCode.NotAuthenticated, "NOT_SIGNED_IN", "Nobody is signed in.", SignInHint);
        }

        try
        {
            if (JsonSerializer.Deserialize<Session>(content, JsonSerializerOptions.Web) is { UserId: not null, Username: not null, Token: not null, AuthenticationMethods: not null } session)
            {
                return session;
            }
        }
        catch (JsonException)
        {
            // Answered below, like a file that is JSON and no session.
        }

        throw CommandFailure.InvalidInput($"{path} holds no session.", $"Delete it. {SignInHint}");
    }

    /// <summary>Replaces the session.</summary>
    public void Write(Session session) => OwnerOnlyFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(session, JsonSerializerOptions.Web));

    /// <summary>Forgets the session; nothing happens where there is none.</summary>
    public void Delete()
    {
        try
        {
            File.Delete(path);
        }
        catch (DirectoryNotFoundException)
        {
            // Then there is no session in it.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CommandFailure.File($"{path} cannot be deleted", e);
        }
    }
}
