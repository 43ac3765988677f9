using McpSecure.Client;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>Keeps the account that is current in a file for the next start. No path: nothing is kept.</summary>
internal sealed class KeptDatabaseAccount(string path)
{
    private DatabaseAccount? kept;

    /// <summary>Makes a connection string sign in as the account that is kept, if one is.</summary>
    public void ApplyTo(NpgsqlConnectionStringBuilder settings)
    {
        if (File.Exists(path))
        {
            var account = new NpgsqlConnectionStringBuilder(File.ReadAllText(path));
            (settings.Username, settings.Password) = (account.Username, account.Password);
        }
    }

    /// <summary>Keeps an account.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Keep(DatabaseAccount account)
    {
        if (path.Length > 0 && account != kept)
        {
            OwnersFile.Replace(path, new NpgsqlConnectionStringBuilder { Username = account.Username, Password = account.Password }.ConnectionString);
            kept = account;
        }
    }
}
