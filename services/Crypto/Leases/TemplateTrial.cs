using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>
/// Tries a template on its database, in a transaction that is rolled back: makes a role, renews it, removes it, and looks after each step whether
/// Postgres has come to what a lease promises.
/// </summary>
internal sealed class TemplateTrial(TimeProvider clock)
{
    private static readonly TimeSpan Lifetime = TimeSpan.FromHours(1);

    /// <summary>Returns when the template works.</summary>
    /// <exception cref="Refusal">It does not: TEMPLATE_REFUSED; or the database does not let it be tried: DATABASE_NOT_USABLE.</exception>
    public async Task RunAsync(string database, DatabaseAddress address, TemplateStatements statements, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var role = RoleName.Of("trial", Guid.CreateVersion7(now));
        await using var source = address.Connect();
        await using var connection = await DatabaseRefusals.OpenAsync(database, source, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await RoleWork.EnterAsync(transaction, cancellationToken);

        await TryAsync("creation", transaction, statements.CreationOf(role, ScramVerifier.Of("trial"), now + Lifetime), cancellationToken);
        await RequireAsync(transaction, role, now + Lifetime, "creation", cancellationToken);
        await TryAsync("renewal", transaction, statements.RenewalOf(role, now + (Lifetime * 2)), cancellationToken);
        await RequireAsync(transaction, role, now + (Lifetime * 2), "renewal", cancellationToken);

        await TryAsync("revocation", transaction, [$"ALTER ROLE {role.Identifier} NOLOGIN", .. statements.RevocationOf(role)], cancellationToken);
        if (await RoleWork.FindAsync(transaction, role, cancellationToken) is not null)
        {
            throw Refused("revocation", "the role is still there afterwards");
        }

        await transaction.RollbackAsync(cancellationToken);
    }

    private static async Task TryAsync(string step, NpgsqlTransaction transaction, IReadOnlyList<string> statements, CancellationToken cancellationToken)
    {
        try
        {
            await RoleWork.RunAsync(transaction, statements, cancellationToken);
        }
        catch (PostgresException e)
        {
            throw Refused(step, $"Postgres says: {e.MessageText} (SQLSTATE {e.SqlState})");
        }
    }

    private static async Task RequireAsync(NpgsqlTransaction transaction, RoleName role, DateTimeOffset end, string step, CancellationToken cancellationToken)
    {
        await using var look = new NpgsqlCommand(
            """
            SELECT CASE
                WHEN NOT rolcanlogin THEN 'the role may not log in'
                WHEN rolvaliduntil IS DISTINCT FROM $2 THEN 'the role does not end with the lease: VALID UNTIL {{expiration}} is missing'
                WHEN rolsuper OR rolcreaterole THEN 'the role could make roles that outlive its lease'
                WHEN NOT ((SELECT rolsuper FROM pg_catalog.pg_roles WHERE rolname = current_user)
                          OR pg_catalog.pg_has_role('pg_signal_backend', 'usage') OR pg_catalog.pg_has_role(oid, 'usage'))
                    THEN 'the account could not end the role''s sessions: grant it pg_signal_backend, or have the creation GRANT {{name}} TO CURRENT_USER'
                END
            FROM pg_catalog.pg_roles WHERE rolname = $1
            """,
            transaction.Connection,
            transaction)
        {
            Parameters = { new() { Value = role.ToString() }, new() { Value = Seconds(end).UtcDateTime } },
        };
        await using var reader = await look.ExecuteReaderAsync(cancellationToken);
        if (!await reader.ReadAsync(cancellationToken))
        {
            throw Refused(step, "there is no role of the name given");
        }

        if (!await reader.IsDBNullAsync(0, cancellationToken))
        {
            throw Refused(step, reader.GetString(0));
        }
    }

    private static DateTimeOffset Seconds(DateTimeOffset time) => time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));

    private static Refusal Refused(string step, string why) =>
        Refusal.Because(ErrorReason.TemplateRefused, $"The trial failed at the {step}: {why}.", ("step", step));
}
