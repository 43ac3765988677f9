using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;

namespace McpSecure.Crypto;

/// <summary>Tells a workload its account, and this service its own.</summary>
internal sealed class AccountReader(AccountStore store, AccountPasswords passwords, IOptions<DatabaseAccountsOptions> options) : IDatabaseAccountSource
{
    /// <summary>Names this service as a workload.</summary>
    public const string Self = "crypto";

    // Of the overlap: a workload may miss two answers and still hear of a rotation in time.
    private const int AsksInOverlap = 4;

    /// <summary>Returns the account of a workload, or null where none is kept.</summary>
    public async Task<DatabaseAccount?> FindAsync(string workload, CancellationToken cancellationToken)
    {
        if (options.Value.Find(workload) is not { } owner || await store.FindAsync(workload, cancellationToken) is not { } account)
        {
            return null;
        }

        var password = await passwords.OpenAsync(workload, account.Current, account.SealedCurrent, cancellationToken);
        return new DatabaseAccount(StoredAccount.UsernameOf(owner, account.Current), password, options.Value.Overlap / AsksInOverlap);
    }

    /// <inheritdoc/>
    public async Task<DatabaseAccount> GetAsync(CancellationToken cancellationToken) =>
        await FindAsync(Self, cancellationToken) ?? throw new InvalidOperationException($"DatabaseAccounts:Logins has no {Self}, or it is not stored yet.");
}
