using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>
/// Rotates accounts: gives out the other login, and once the overlap is over gives the one before a password that nobody knows. No open can fail: what
/// is given out works before it is given out, and for the overlap after it is not any more.
/// </summary>
internal sealed class AccountRotation(
    AccountStore store,
    AccountPasswords passwords,
    KeyEncryptionKeys keys,
    AuditEvents events,
    IOptions<DatabaseAccountsOptions> options,
    ServiceDatabase database,
    DatabaseReadiness readiness,
    TimeProvider clock,
    ILogger<AccountRotation> logger)
    : LeaderWork("account-rotation", Interval, database, readiness, clock, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly TimeProvider clock = clock;

    // Time in which nobody could ask does not count for the overlap.
    private DateTimeOffset? openSince;

    /// <summary>Gives out the other login now. Returns false where it is not ready.</summary>
    public Task<bool> TryRotateAsync(StoredAccount account, AuditEvent auditEvent, CancellationToken cancellationToken) =>
        store.TryRotateAsync(account, clock.GetUtcNow(), auditEvent.With("version", $"{account.Version + 1}").With("login", account.Other), cancellationToken);

    /// <inheritdoc/>
    protected override async Task<bool> RunRoundAsync(CancellationToken cancellationToken)
    {
        if (!keys.AreOpen)
        {
            return false;
        }

        openSince ??= clock.GetUtcNow();
        foreach (var (workload, connectionString) in options.Value.Logins)
        {
            try
            {
                await AdvanceAsync(workload, connectionString, cancellationToken);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // The others are not held up, and this one is tried at the next round.
                Log.AccountNotRotated(logger, workload, e);
            }
        }

        return false;
    }

    private async Task AdvanceAsync(string workload, string connectionString, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        if (await store.FindAsync(workload, cancellationToken) is not { } account)
        {
            var initial = new NpgsqlConnectionStringBuilder(connectionString).Password!;
            await store.AddAsync(
                workload, await passwords.SealAsync(workload, "a", initial, cancellationToken), await passwords.SealAsync(workload, "b", initial, cancellationToken), now, cancellationToken);
            return;
        }

        // What the configuration gave is known to others: nobody uses b yet, and a is left at once.
        var isFirst = account.Version == 1;
        if (account.IsReady && (isFirst || now - account.Since >= options.Value.Interval))
        {
            await TryRotateAsync(account, events.Start("crypto.database_account.rotated").On($"database-accounts/{workload}"), cancellationToken);
        }
        else if (!account.IsReady
            && (isFirst || (now - account.Since >= options.Value.Overlap && now - openSince >= options.Value.Overlap))
            && await passwords.RenewOtherAsync(account, connectionString, cancellationToken) is { } renewed)
        {
            await store.TryFinishAsync(renewed, events.Start("crypto.database_account.closed").On($"database-accounts/{workload}").With("login", renewed.Other), cancellationToken);
        }
    }
}
