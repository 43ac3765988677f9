using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>
/// Gives logins new passwords. A login changes its own, signed in with the one it has: nobody needs the right to make roles. The new one is stored
/// before the database is told, and both are tried the next time, so that a crash in between locks nobody out. One that is stored and does not open is as good as none.
/// </summary>
internal sealed class AccountPasswords(AccountStore store, SecretSeal seal)
{
    private const int PasswordSizeInBytes = 32;

    /// <summary>
    /// Gives the login that is not given out a password that nobody knows, and ends its sessions. Returns the account as it is then to be finished and
    /// how many sessions were ended, or null where somebody else is first.
    /// </summary>
    /// <exception cref="NpgsqlException">The database is away, or takes no password of ours.</exception>
    public async Task<(StoredAccount Account, long Ended)?> RenewOtherAsync(StoredAccount account, DatabaseAddress owner, CancellationToken cancellationToken)
    {
        var next = account.SealedNext is { } before ? await TryOpenAsync(account.Workload, account.Other, before, cancellationToken) : null;
        if (next is null)
        {
            var made = await SealAsync(account.Workload, account.Other, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(PasswordSizeInBytes)), cancellationToken);
            if (await store.PrepareAsync(account, made, cancellationToken) is not { SealedNext: { } stored } prepared || prepared.Version != account.Version)
            {
                return null;
            }

            account = prepared;
            next = await OpenAsync(account.Workload, account.Other, stored, cancellationToken);
        }

        return (account, await ChangeAsync(account, owner, next, cancellationToken));
    }

    /// <summary>
    /// Says why the login that is not given out cannot sign in, or null where it can. Ends the sessions that it has: nobody was given its password.
    /// </summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<string?> WhyOtherFailsAsync(StoredAccount account, DatabaseAddress owner, CancellationToken cancellationToken)
    {
        if (await TryOpenAsync(account.Workload, account.Other, account.SealedOther, cancellationToken) is not { } password)
        {
            return "PASSWORD_DOES_NOT_OPEN";
        }

        try
        {
            await using var source = LoginOf(account, owner, password).Connect();
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            await EndOthersAsync(connection, cancellationToken);
            return null;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            return DatabaseTrouble.ReasonOf(e);
        }
    }

    /// <summary>Tells whether the login that is given out can sign in with the password that is given out with it.</summary>
    /// <exception cref="NpgsqlException">The database is away.</exception>
    public async Task<bool> CurrentWorksAsync(StoredAccount account, DatabaseAddress owner, CancellationToken cancellationToken)
    {
        if (await TryOpenAsync(account.Workload, account.Current, account.SealedCurrent, cancellationToken) is not { } password)
        {
            return false;
        }

        await using var source = owner.As(StoredAccount.UsernameOf(owner, account.Current), password).Connect();
        try
        {
            await using var connection = await source.OpenConnectionAsync(cancellationToken);
            return true;
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword)
        {
            return false;
        }
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

    private async Task<string?> TryOpenAsync(string workload, string login, string sealedPassword, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenAsync(workload, login, sealedPassword, cancellationToken);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private async Task<long> ChangeAsync(StoredAccount account, DatabaseAddress owner, string next, CancellationToken cancellationToken)
    {
        // The one before; the next, where it was told and that was not finished; the first, where an operator put a login right by it.
        var before = await TryOpenAsync(account.Workload, account.Other, account.SealedOther, cancellationToken);
        string[] passwords = [.. before is null ? (string[])[] : [before], next, owner.RevealPassword()];
        for (var i = 0; ; i++)
        {
            try
            {
                return await ChangeAsync(LoginOf(account, owner, passwords[i]), next, cancellationToken);
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.InvalidPassword && i < passwords.Length - 1)
            {
            }
        }
    }

    private static async Task<long> ChangeAsync(DatabaseAddress login, string next, CancellationToken cancellationToken)
    {
        await using var source = login.Connect();
        await using var connection = await source.OpenConnectionAsync(cancellationToken);

        // Signed in, it is the owner of the database; only as itself may it change its own password.
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { new("SET ROLE NONE"), new($"ALTER ROLE CURRENT_USER PASSWORD '{ScramVerifier.Of(next)}'") },
        };
        await batch.ExecuteNonQueryAsync(cancellationToken);

        // Once the new password is committed: whoever signs in from now on needs it.
        return await EndOthersAsync(connection, cancellationToken);
    }

    // Whoever may have acted as the login or its owner may have left functions of these names; pg_catalog is looked into first.
    private static async Task<long> EndOthersAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                new("SET ROLE NONE"),
                new("SET search_path = pg_catalog"),
                new("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE usename = session_user AND pid <> pg_backend_pid()"),
            },
        };
        return (long)(await batch.ExecuteScalarAsync(cancellationToken))!;
    }

    private static DatabaseAddress LoginOf(StoredAccount account, DatabaseAddress owner, string password) =>
        owner.As(StoredAccount.UsernameOf(owner, account.Other), password);
}
