using Microsoft.Extensions.Logging;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>
/// Brings a database up to the migrations of this binary. Each migration is one transaction that holds the database's migration lock,
/// looks again at what is applied, runs the next file and records it: so any number of replicas may start at once, and a crash
/// leaves whole migrations only.
/// </summary>
internal sealed class DatabaseMigrator(
    ServiceDatabase database, IReadOnlyList<MigrationSeries> binary, TimeProvider clock, ILogger<DatabaseMigrator> logger)
{
    // "McpSecMg". Advisory locks are per database, so every service may use the same number.
    private const long LockKey = 0x4D63705365634D67;

    private static readonly TimeSpan LockPoll = TimeSpan.FromMilliseconds(100);

    /// <summary>Applies what is missing, in order; says through <paramref name="waitsFor"/> when it waits for another replica.</summary>
    /// <exception cref="MigrationException">This binary and this database do not go together, or a migration failed and was rolled back.</exception>
    /// <exception cref="NpgsqlException">The database is away (<see cref="DatabaseErrors.IsDatabaseAway"/>); calling again goes on from there.</exception>
    public async Task ApplyAsync(Action<string> waitsFor, CancellationToken cancellationToken)
    {
        foreach (var series in binary)
        {
            while (true)
            {
                var step = await ApplyNextAsync(series, cancellationToken);
                if (step == Step.UpToDate)
                {
                    break;
                }

                if (step == Step.LockedElsewhere)
                {
                    waitsFor("another replica to finish its migrations");
                    await Task.Delay(LockPoll, clock, cancellationToken);
                }
            }
        }
    }

    private enum Step
    {
        Applied,
        UpToDate,
        LockedElsewhere,
    }

    private async Task<Step> ApplyNextAsync(MigrationSeries series, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // A lock of the transaction, not of the session: it cannot survive in a pooled connection, nor behind a connection pooler.
        await using var tryLock = new NpgsqlCommand("SELECT pg_try_advisory_xact_lock($1)", connection, transaction)
        {
            Parameters = { new() { Value = LockKey } },
        };
        if (await tryLock.ExecuteScalarAsync(cancellationToken) is not true)
        {
            return Step.LockedElsewhere;
        }

        var applied = await AppliedAsync(series, connection, transaction, cancellationToken);
        CheckHistory(series, applied);
        if (applied.Count == series.Migrations.Count)
        {
            await transaction.CommitAsync(cancellationToken);
            return Step.UpToDate;
        }

        var next = series.Migrations[applied.Count];
        await RunAsync(series, next, connection, transaction, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        Log.MigrationApplied(logger, next.ToString(), series.Name);
        return Step.Applied;
    }

    private static async Task<List<Applied>> AppliedAsync(
        MigrationSeries series, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        await using var create = new NpgsqlCommand(
            """
            CREATE TABLE IF NOT EXISTS schema_migrations (
                series     text NOT NULL,
                number     integer NOT NULL,
                name       text NOT NULL,
                sha256     bytea NOT NULL,
                applied_at timestamptz NOT NULL DEFAULT now(),
                PRIMARY KEY (series, number)
            )
            """,
            connection,
            transaction);
        await create.ExecuteNonQueryAsync(cancellationToken);

        await using var select = new NpgsqlCommand(
            "SELECT number, name, sha256 FROM schema_migrations WHERE series = $1 ORDER BY number", connection, transaction)
        {
            Parameters = { new() { Value = series.Name } },
        };
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        var applied = new List<Applied>();
        while (await reader.ReadAsync(cancellationToken))
        {
            applied.Add(new Applied(reader.GetInt32(0), reader.GetString(1), reader.GetFieldValue<byte[]>(2)));
        }

        return applied;
    }

    private static void CheckHistory(MigrationSeries series, List<Applied> applied)
    {
        for (var i = 0; i < applied.Count; i++)
        {
            var there = applied[i];
            if (there.Number != i + 1)
            {
                throw new MigrationException(
                    $"The database holds migration {there.Number:0000}_{there.Name} of {series.Name} without number {i + 1}: restore it from a backup.");
            }

            if (i >= series.Migrations.Count)
            {
                throw new MigrationException(
                    $"The database holds migration {there.Number:0000}_{there.Name} of {series.Name}, which is newer than this binary: start a newer one.");
            }

            var here = series.Migrations[i];
            if (!here.Sha256.AsSpan().SequenceEqual(there.Sha256))
            {
                throw new MigrationException(
                    $"Migration {here} of {series.Name} was edited after it was applied to this database: restore the file and add a new one.");
            }
        }
    }

    private static async Task RunAsync(
        MigrationSeries series, Migration next, NpgsqlConnection connection, NpgsqlTransaction transaction, CancellationToken cancellationToken)
    {
        try
        {
            // Building an index over a large table may take longer than any call may.
            await using var run = new NpgsqlCommand(next.Sql, connection, transaction) { CommandTimeout = 0 };
            await run.ExecuteNonQueryAsync(cancellationToken);
        }
        catch (PostgresException e) when (!e.IsDatabaseAway())
        {
            throw new MigrationException($"Migration {next} of {series.Name} failed and was rolled back: {e.MessageText} (SQLSTATE {e.SqlState}).", e);
        }

        await using var record = new NpgsqlCommand(
            "INSERT INTO schema_migrations (series, number, name, sha256) VALUES ($1, $2, $3, $4)", connection, transaction)
        {
            Parameters = { new() { Value = series.Name }, new() { Value = next.Number }, new() { Value = next.Name }, new() { Value = next.Sha256 } },
        };
        await record.ExecuteNonQueryAsync(cancellationToken);
    }

    private sealed record Applied(int Number, string Name, byte[] Sha256);
}
