using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;

namespace McpSecure.Authorization;

/// <summary>
/// Makes changes of rights, each in one transaction that takes one lock first, so that what is read in it (the grantor's rights, who else
/// administers, what the change does) still holds when it commits. The revision and the audit event are in the same transaction; every replica
/// is told before the answer.
/// </summary>
internal sealed class RightsChanges(ServiceDatabase database, AuditOutbox outbox, RightsReader reader, TimeProvider clock) : IDisposable
{
    private readonly ForwardClock clock = new(clock);

    // Whoever waits for the lock waits here first, without a connection: decisions need those.
    private readonly SemaphoreSlim turn = new(1);

    // "McpSecRl". Changes of rights are rare, and one lock for all leaves no order of locks to get wrong.
    private const long LockKey = 0x4D637053_6563526C;

    private const string Savepoint = "before_the_change";

    /// <summary>Makes a change, or finds out what it would do.</summary>
    /// <param name="order">The order.</param>
    /// <param name="work">Makes it in the transaction; a <see cref="Refusal"/> leaves everything as it was.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="Refusal">PERMISSION_DENIED, LAST_ADMINISTRATOR, or what <paramref name="work"/> refuses with.</exception>
    public async Task<ChangeResult<T>> RunAsync<T>(ChangeOrder order, Func<RightsChange, Task<T>> work, CancellationToken cancellationToken)
    {
        await turn.WaitAsync(cancellationToken);
        try
        {
            return await RunInTurnAsync(order, work, cancellationToken);
        }
        finally
        {
            turn.Release();
        }
    }

    public void Dispose() => turn.Dispose();

    private async Task<ChangeResult<T>> RunInTurnAsync<T>(ChangeOrder order, Func<RightsChange, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);

        // READ COMMITTED: each statement after the lock sees what the holder before us committed.
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // A replica that freezes in a change loses its transaction, and with it the lock, after a while.
        await Sql.ExecuteAsync(
            transaction,
            "SELECT set_config('idle_in_transaction_session_timeout', '30s', true), pg_advisory_xact_lock($1)",
            cancellationToken,
            LockKey);
        var current = new Revision((long)(await Sql.ScalarAsync(transaction, "SELECT value FROM revision", cancellationToken))!);
        var now = clock.GetUtcNow().ToMicroseconds();
        var grantor = await GrantorReader.ReadAsync(transaction, order.Authority, order.Organization, now, cancellationToken);
        if (order.Needs is var (resource, action) && !grantor.May(resource, action))
        {
            throw Refusal.Because(ErrorReason.PermissionDenied, $"You may not {action} {resource}.", ("resource", resource), ("action", action));
        }

        if (order.Organization is { } organization
            && await Sql.ScalarAsync(transaction, "SELECT 1 FROM organizations WHERE id = $1", cancellationToken, organization) is null)
        {
            throw OrganizationGate.NotFound(organization);
        }

        if (order.DryRun is not null)
        {
            await transaction.SaveAsync(Savepoint, cancellationToken);
        }

        var change = new RightsChange(transaction, order.Organization, grantor, new Revision(current.Value + 1), now, order.Started, cancellationToken);
        var value = await work(change);
        await Administrators.RequireOneLeftAsync(change);

        if (order.DryRun is { } dryRun)
        {
            return new(value, Revision: null, await CompareAsync(dryRun, change));
        }

        if (!change.HasChanged)
        {
            return new(value, current, Comparison: null);
        }

        await Sql.ExecuteAsync(transaction, "UPDATE revision SET value = $1", cancellationToken, change.Next.Value);
        await outbox.AddAsync(transaction, order.Started.At(Audit.V1.Severity.Warning), cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await TellAsync(change);
        return new(value, change.Next, Comparison: null);
    }

    // What is asked for the second time is asked of what is there again once the change is taken back; nothing of it is ever committed.
    private static async Task<Comparison> CompareAsync(DryRunOrder order, RightsChange change)
    {
        var questions = await DryRunQuestions.OfAsync(order, change);
        var after = await questions.DecideAsync(change);
        await change.Transaction.RollbackAsync(Savepoint, change.CancellationToken);
        var before = await questions.DecideAsync(change);
        await change.Transaction.RollbackAsync(change.CancellationToken);
        return questions.Compare(before, after);
    }

    // Not cancelled with the call: the change is there.
    private async Task TellAsync(RightsChange change)
    {
        if (change.OrganizationDeleted)
        {
            await reader.ForgetAllAsync();
        }

        foreach (var principal in change.Principals)
        {
            await reader.ForgetAsync(principal);
        }

        if (change is { RolesChanged: true, Organization: { } organization })
        {
            await reader.ForgetRolesAsync(organization);
        }
    }
}
