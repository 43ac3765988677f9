using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>
/// Gives logins new passwords. A login changes its own, signed in with the one it has: nobody needs the right to make roles. The new one is stored
/// before the database is told, and both are tried the next time, so that a crash in between locks nobody out.
/// </summary>
internal sealed class AccountPasswords(AccountStore store, SecretSeal seal)
{
    private const int PasswordSizeInBytes = 32;

    /// <summary>Gives the login that is not given out a password that nobody knows. Returns the account as it is then to be finished, or null where somebody else is first.</summary>
    /// <exception cref="NpgsqlException">The database is away, or takes neither password.</exception>
    public async Task<StoredAccount?> RenewOtherAsync(StoredAccount account, string connectionString, CancellationToken cancellationToken)
    {
        if (account.SealedNext is null)
        {
            var made = await SealAsync(account.Workload, account.Other, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(PasswordSizeInBytes)), cancellationToken);
            if (await store.PrepareAsync(account, made, cancellationToken) is not { SealedNext: not null } prepared || prepared.Version != account.Version)
            {
                return null;
            }

            account = prepared;
        }

        var before = await OpenAsync(account.Workload, account.Other, account.SealedOther, cancellationToken);
        var next = await OpenAsync(account.Workload, account.Other, account.SealedNext!, cancellationToken);
        var username = StoredAccount.UsernameOf(connectionString, account.Other);
        try
        {
            await ChangeAsync(connectionString, username, before, next, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            // Told before, and not finished.
            await ChangeAsync(connectionString, username, next, next, cancellationToken);
        }

        return account;
    }

    /// <summary>Seals a password.</summary>
    public async Task<string> SealAsync(string workload, string login, string password, CancellationToken cancellationToken)
    {
        var bytes = Encoding.UTF8.GetBytes(password);
        var sealedPassword = await seal.SealAsync(bytes, StoredAccount.ContextOf(workload, login), cancellationToken);
        CryptographicOperations.ZeroMemory(bytes);
        return sealedPassword;
    }

    /// <summary>Opens a password.</summary>
    public async Task<string> OpenAsync(string workload, string login, string sealedPassword, CancellationToken cancellationToken) =>
        Encoding.UTF8.GetString(await seal.OpenAsync(sealedPassword, StoredAccount.ContextOf(workload, login), cancellationToken));

    private static async Task ChangeAsync(string connectionString, string username, string password, string next, CancellationToken cancellationToken)
    {
        var source = new NpgsqlDataSourceBuilder(connectionString);
        source.ConnectionStringBuilder.Username = username;
        source.ConnectionStringBuilder.Password = password;
        source.ConnectionStringBuilder.Pooling = false;
        source.ConnectionStringBuilder.Timeout = 3; // in seconds, as the next
        source.ConnectionStringBuilder.CommandTimeout = 10;
        source.ConfigureTracing(tracing => tracing.ConfigureCommandFilter(_ => false).ConfigureBatchFilter(_ => false));
        await using var login = source.Build();
        await using var connection = await login.OpenConnectionAsync(cancellationToken);

        // Signed in, it is the owner of the database; only as itself may it change its own password.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new("SET ROLE NONE"), new($"ALTER ROLE CURRENT_USER PASSWORD '{ScramVerifier.Of(next)}'") },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);
    }
}
