using System.Text.Json;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Crypto;

/// <summary>
/// Changes secrets in Postgres. Each method is one transaction that begins with the row of the secret, so changes of one secret take turns; it
/// commits with the event that tells of it. After it, a secret holds its newest version and no more versions than it may.
/// </summary>
internal sealed class SecretChanges(ServiceDatabase database, AuditOutbox outbox, TimeProvider clock)
{
    /// <summary>Adds a secret with version 1. Returns false where somebody else was first.</summary>
    public async Task<bool> TryAddAsync(Guid secret, string path, NewVersion version, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var settings = SecretSettings.Default;
        await using var insert = new NpgsqlCommand(
            """
            INSERT INTO secrets (id, path, newest_version, max_versions, check_required, custom_metadata, created_at, updated_at)
            VALUES ($1, $2, 1, $3, $4, '{}', $5, $5)
            ON CONFLICT (path) DO NOTHING
            """,
            connection,
            transaction)
        {
            Parameters = { new() { Value = secret }, new() { Value = path }, new() { Value = settings.MaxVersions }, new() { Value = settings.CheckRequired }, Time(version.Description.CreatedAt) },
        };
        if (await insert.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await AddVersionAsync(transaction, secret, version, cancellationToken);
        await CommitAsync(transaction, auditEvent, cancellationToken);
        return true;
    }

    /// <summary>Adds a version to a secret. Returns false where the version before it is no longer the newest, or a check has become required.</summary>
    public async Task<bool> TryAddVersionAsync(SecretDescription before, NewVersion version, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);

        // Waits for whoever holds the row and then looks at the conditions again: of writers that read the same version, one goes on.
        await using var advance = new NpgsqlCommand(
            "UPDATE secrets SET newest_version = $3, updated_at = $4 WHERE id = $1 AND newest_version = $2 AND check_required = $5", connection, transaction)
        {
            Parameters =
            {
                new() { Value = before.Id },
                new() { Value = before.NewestVersion },
                new() { Value = version.Description.Number },
                Time(version.Description.CreatedAt),
                new() { Value = before.Settings.CheckRequired },
            },
        };
        if (await advance.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await AddVersionAsync(transaction, before.Id, version, cancellationToken);
        await PruneAsync(transaction, before.Id, cancellationToken);
        await CommitAsync(transaction, auditEvent, cancellationToken);
        return true;
    }

    /// <summary>Replaces the settings of a secret. Returns false where the path has none.</summary>
    public async Task<bool> UpdateAsync(string path, SecretSettings settings, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var update = new NpgsqlCommand(
            """
            UPDATE secrets SET max_versions = $2, version_lifetime = $3, check_required = $4, custom_metadata = $5, updated_at = $6
            WHERE path = $1
            RETURNING id
            """,
            connection,
            transaction)
        {
            Parameters =
            {
                new() { Value = path },
                new() { Value = settings.MaxVersions },
                new() { Value = (object?)settings.VersionLifetime ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Interval },
                new() { Value = settings.CheckRequired },
                new() { Value = JsonSerializer.Serialize(settings.CustomMetadata), NpgsqlDbType = NpgsqlDbType.Jsonb },
                Time(clock.GetUtcNow()),
            },
        };
        if (await update.ExecuteScalarAsync(cancellationToken) is not Guid secret)
        {
            return false;
        }

        await PruneAsync(transaction, secret, cancellationToken);
        await CommitAsync(transaction, auditEvent, cancellationToken);
        return true;
    }

    /// <summary>Deletes, undeletes or destroys versions. Returns false, and changes nothing, where the path has no secret or a version is not there.</summary>
    public async Task<bool> ChangeVersionsAsync(
        string path, IReadOnlyCollection<int> versions, VersionChange change, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var numbers = versions.Distinct().Order().ToArray();
        await using var touch = new NpgsqlCommand("UPDATE secrets SET updated_at = $2 WHERE path = $1 RETURNING id", connection, transaction)
        {
            Parameters = { new() { Value = path }, Time(clock.GetUtcNow()) },
        };
        if (await touch.ExecuteScalarAsync(cancellationToken) is not Guid secret)
        {
            return false;
        }

        var set = change switch
        {
            VersionChange.Delete => "deleted_at = coalesce(deleted_at, $3)",
            VersionChange.Undelete => "deleted_at = NULL",
            VersionChange.Destroy => "destroyed_at = coalesce(destroyed_at, $3), sealed = NULL",
        };
        await using var update = new NpgsqlCommand(
            $"UPDATE secret_versions SET {set} WHERE secret = $1 AND version = ANY ($2) AND $3::timestamptz IS NOT NULL", connection, transaction)
        {
            Parameters = { new() { Value = secret }, new() { Value = numbers }, Time(clock.GetUtcNow()) },
        };
        if (await update.ExecuteNonQueryAsync(cancellationToken) != numbers.Length)
        {
            return false;
        }

        await CommitAsync(transaction, auditEvent.With("versions", string.Join(',', numbers)), cancellationToken);
        return true;
    }

    /// <summary>Deletes a secret with all its versions. Returns false where the path has none.</summary>
    public async Task<bool> DeleteAsync(string path, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var delete = new NpgsqlCommand("DELETE FROM secrets WHERE path = $1", connection, transaction) { Parameters = { new() { Value = path } } };
        if (await delete.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await CommitAsync(transaction, auditEvent, cancellationToken);
        return true;
    }

    private static async Task AddVersionAsync(NpgsqlTransaction transaction, Guid secret, NewVersion version, CancellationToken cancellationToken)
    {
        await using var insert = new NpgsqlCommand(
            "INSERT INTO secret_versions (secret, version, created_at, expires_at, sealed) VALUES ($1, $2, $3, $4, $5)", transaction.Connection, transaction)
        {
            Parameters =
            {
                new() { Value = secret },
                new() { Value = version.Description.Number },
                Time(version.Description.CreatedAt),
                Time(version.Description.ExpiresAt),
                new() { Value = version.Sealed },
            },
        };
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    private static async Task PruneAsync(NpgsqlTransaction transaction, Guid secret, CancellationToken cancellationToken)
    {
        await using var delete = new NpgsqlCommand(
            "DELETE FROM secret_versions v USING secrets s WHERE s.id = $1 AND v.secret = s.id AND v.version <= s.newest_version - s.max_versions",
            transaction.Connection,
            transaction)
        {
            Parameters = { new() { Value = secret } },
        };
        await delete.ExecuteNonQueryAsync(cancellationToken);
    }

    private async Task CommitAsync(NpgsqlTransaction transaction, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static NpgsqlParameter Time(DateTimeOffset? value) =>
        new() { Value = value is { } time ? time.UtcDateTime : DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz };
}

/// <summary>A version to be written.</summary>
/// <param name="Description">What is known of it.</param>
/// <param name="Sealed">Its sealed value.</param>
internal sealed record NewVersion(SecretVersion Description, string Sealed);

/// <summary>Says what is done to versions.</summary>
internal enum VersionChange
{
    /// <summary>Deletes so that it can be undone.</summary>
    Delete,

    /// <summary>Brings back what was deleted.</summary>
    Undelete,

    /// <summary>Destroys for good.</summary>
    Destroy,
}
