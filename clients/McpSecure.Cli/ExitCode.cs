namespace McpSecure.Cli;

/// <summary>Lists what the command tells the shell. The numbers are a promise: scripts rely on them.</summary>
internal enum ExitCode
{
    /// <summary>Done, or the answer is yes.</summary>
    Ok = 0,

    /// <summary>The question was answered, and the answer is no: denied, not valid, not intact.</summary>
    Denied = 1,

    /// <summary>The command line, the profile or the request is wrong: repeating it changes nothing.</summary>
    InvalidInput = 2,

    /// <summary>Nobody is signed in, the credentials are wrong, or a second factor is asked for.</summary>
    NotAuthenticated = 3,

    /// <summary>The caller has no right to do this.</summary>
    PermissionDenied = 4,

    /// <summary>What was named is not there.</summary>
    NotFound = 5,

    /// <summary>It exists already, or its state does not allow this.</summary>
    Conflict = 6,

    /// <summary>A service did not answer, or asks to come back later: trying again may help.</summary>
    Unavailable = 7,

    /// <summary>Something went wrong that should not.</summary>
    Internal = 8,

    /// <summary>The user ended the command (128 + SIGINT).</summary>
    Cancelled = 130,
}
