namespace McpSecure.ServiceDefaults;

/// <summary>Says with which account this service signs in to its database: by asking Crypto, or, within Crypto, by looking itself.</summary>
public interface IDatabaseAccountSource
{
    /// <summary>Returns the account that is current. Throws where it cannot be had; the service goes on with the one it has.</summary>
    Task<DatabaseAccount> GetAsync(CancellationToken cancellationToken);
}

/// <summary>An account of a database. Prints its user name only.</summary>
/// <param name="Username">The user name.</param>
/// <param name="Password">The password.</param>
/// <param name="AskAgainAfter">How long it is sure to be usable without asking again, many times over.</param>
public sealed record DatabaseAccount(string Username, string Password, TimeSpan AskAgainAfter)
{
    /// <summary>Returns the user name.</summary>
    public override string ToString() => Username;
}
