using McpSecure.Audit.V1;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Microsoft.Extensions.Options;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>
/// Rotates accounts: gives out the other login, and once the overlap is over gives the one before a password that nobody knows. No open can fail: what
/// is given out works before it is given out, and for the overlap after it is not any more. What goes wrong is told once a cause, and tried ever more
/// rarely, up to every five minutes.
/// </summary>
internal sealed class AccountRotation(
    AccountStore store,
    AccountPasswords passwords,
    KeyEncryptionKeys keys,
    AuditEvents events,
    IOptions<DatabaseAccountsOptions> options,
    KeptDatabaseAccount kept,
    ServiceDatabase database,
    DatabaseReadiness readiness,
    TimeProvider clock,
    ILogger<AccountRotation> logger)
    : LeaderWork("account-rotation", Interval, database, readiness, clock, logger)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // What goes wrong of each workload, in the eyes of this leader.
    private readonly Dictionary<string, Trouble> troubles = new(StringComparer.Ordinal);

    // Rounds come each second. Where one failed, or none came for longer than this, nobody may have been able to ask.
    private static readonly TimeSpan LongestGap = TimeSpan.FromSeconds(5);

    // Time in which nobody could ask does not count for the overlap.
    private DateTimeOffset openSince;
    private DateTimeOffset? lastGoodRound;

    /// <summary>Gives out the other login now, which works at this moment. Returns false where it is not ready, or does not work.</summary>
    /// <exception cref="NpgsqlException">The workload's database is away.</exception>
    public async Task<bool> TryRotateAsync(StoredAccount account, DatabaseAddress owner, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        if (!account.IsReady)
        {
            return false;
        }

        if (await passwords.WhyOtherFailsAsync(account, owner, cancellationToken) is { } reason)
        {
            await store.TryReopenAsync(account, Failed(account.Workload, reason).With("login", account.Other), cancellationToken);
            return false;
        }

        return await store.TryRotateAsync(
            account, Clock.GetUtcNow(), auditEvent.With("version", $"{account.Version + 1}").With("login", account.Other), cancellationToken);
    }

    /// <inheritdoc/>
    protected override async Task<bool> RunRoundAsync(CancellationToken cancellationToken)
    {
        if (!keys.AreOpen)
        {
            return false;
        }

        var begun = Clock.GetUtcNow();
        if (lastGoodRound is not { } last || begun - last > LongestGap)
        {
            openSince = begun;
        }

        lastGoodRound = null; // until this one ends well
        foreach (var workload in options.Value.Logins.Keys)
        {
            var before = troubles.GetValueOrDefault(workload);
            if (before?.NextTry > Clock.GetUtcNow())
            {
                continue;
            }

            try
            {
                await AdvanceAsync(workload, options.Value.Find(workload)!, cancellationToken);
                troubles.Remove(workload);
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                // The others are not held up, and this one is tried again.
                troubles[workload] = await TellAsync(workload, before, e, cancellationToken);
            }
        }

        lastGoodRound = Clock.GetUtcNow();
        return false;
    }

    private async Task AdvanceAsync(string workload, DatabaseAddress owner, CancellationToken cancellationToken)
    {
        var now = Clock.GetUtcNow();
        if (await store.FindAsync(workload, cancellationToken) is not { } account)
        {
            var initial = owner.RevealPassword();
            await store.AddAsync(
                workload, await passwords.SealAsync(workload, "a", initial, cancellationToken), await passwords.SealAsync(workload, "b", initial, cancellationToken), now, cancellationToken);
            return;
        }

        // What the configuration gave is known to others: nobody uses b yet, and a is left at once.
        var isFirst = account.Version == 1;
        if (account.IsReady && (isFirst || now - account.Since >= options.Value.Interval))
        {
            await TryRotateAsync(account, owner, Told("crypto.database_account.rotated", workload), cancellationToken);
        }
        else if (!account.IsReady
            && (isFirst || (now - account.Since >= options.Value.Overlap && now - openSince >= options.Value.Overlap))
            && await MayCloseOtherAsync(account, owner, cancellationToken)
            && await passwords.RenewOtherAsync(account, owner, cancellationToken) is var (renewed, ended))
        {
            await store.TryFinishAsync(
                renewed, Told("crypto.database_account.closed", workload).With("login", renewed.Other).With("sessions_ended", $"{ended}"), cancellationToken);
        }
    }

    // This service's own: nobody else could tell it what it would be signing in with. The login that it uses, or that its next start would begin with, stays
    // open until the one that is given out is kept; where that takes no password of ours there is nothing to keep, and this is how it heals.
    private async Task<bool> MayCloseOtherAsync(StoredAccount account, DatabaseAddress owner, CancellationToken cancellationToken) =>
        account.Workload != AccountReader.Self
        || kept.Username == StoredAccount.UsernameOf(owner, account.Current)
        || (Database.Username != StoredAccount.UsernameOf(owner, account.Other) && !await passwords.CurrentWorksAsync(account, owner, cancellationToken));

    private async Task<Trouble> TellAsync(string workload, Trouble? before, Exception problem, CancellationToken cancellationToken)
    {
        var reason = DatabaseTrouble.ReasonOf(problem);
        var failures = (before?.Failures ?? 0) + 1;
        if (before?.Reason != reason)
        {
            await store.TellAsync(Failed(workload, reason), cancellationToken);
        }

        var pause = DatabaseTrouble.PauseAfter(failures);
        Log.AccountNotRotated(logger, workload, failures, pause, problem);
        return new Trouble(reason, failures, Clock.GetUtcNow() + pause);
    }

    private AuditEvent Failed(string workload, string reason) =>
        Told("crypto.database_account.rotation_failed", workload).Failed(reason).At(Severity.High);

    private AuditEvent Told(string action, string workload) => events.Start(action).By(PrincipalType.Service, "crypto").On($"database-accounts/{workload}");

    private sealed record Trouble(string Reason, int Failures, DateTimeOffset NextTry);
}
