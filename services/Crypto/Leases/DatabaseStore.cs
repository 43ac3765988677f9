using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;
using NpgsqlTypes;

namespace McpSecure.Crypto;

/// <summary>Keeps databases and their templates. A change is one transaction with the event that tells of it.</summary>
internal sealed class DatabaseStore(ServiceDatabase database, AuditOutbox outbox, TimeProvider clock)
{
    private const string Template = "database, name, creation, renewal, revocation, default_lifetime, max_lifetime, max_leases";

    /// <summary>Adds a database or replaces how it is reached. Returns false where it may have no leases and has some.</summary>
    public Task<bool> PutAsync(
        string name, DatabaseAddress address, string sealedAddress, bool mayHaveLeases, AuditEvent auditEvent, CancellationToken cancellationToken) =>
        ChangeAsync(
            """
            INSERT INTO databases (name, host, database, username, sealed, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $6)
            ON CONFLICT (name) DO UPDATE SET host = $2, database = $3, username = $4, sealed = $5, updated_at = $6
                WHERE $7 OR NOT EXISTS (SELECT FROM leases WHERE leases.database = $1)
            """,
            auditEvent,
            cancellationToken,
            name,
            address.Host,
            address.Database,
            address.Username,
            sealedAddress,
            clock.GetUtcNow().UtcDateTime,
            mayHaveLeases);

    /// <summary>Forgets a database with its templates. Returns whether it was there.</summary>
    /// <exception cref="PostgresException">Leases refer to it: a foreign key violation.</exception>
    public Task<bool> DeleteAsync(string name, AuditEvent auditEvent, CancellationToken cancellationToken) =>
        ChangeAsync("DELETE FROM databases WHERE name = $1", auditEvent, cancellationToken, name);

    /// <summary>Adds or replaces a template. Its database must be there.</summary>
    public Task PutTemplateAsync(CredentialTemplate template, AuditEvent auditEvent, CancellationToken cancellationToken) =>
        ChangeAsync(
            """
            INSERT INTO credential_templates (database, name, creation, renewal, revocation, default_lifetime, max_lifetime, max_leases, updated_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, nullif($8, 0), $9)
            ON CONFLICT (database, name) DO UPDATE
                SET creation = $3, renewal = $4, revocation = $5, default_lifetime = $6, max_lifetime = $7, max_leases = nullif($8, 0), updated_at = $9
            """,
            auditEvent,
            cancellationToken,
            template.Database,
            template.Name,
            template.Statements.Creation,
            template.Statements.Renewal,
            template.Statements.Revocation,
            template.DefaultLifetime,
            template.MaxLifetime,
            template.MaxLeases ?? 0,
            clock.GetUtcNow().UtcDateTime);

    /// <summary>Deletes a template. Returns whether it was there.</summary>
    public Task<bool> DeleteTemplateAsync(string databaseName, string name, AuditEvent auditEvent, CancellationToken cancellationToken) =>
        ChangeAsync("DELETE FROM credential_templates WHERE database = $1 AND name = $2", auditEvent, cancellationToken, databaseName, name);

    /// <summary>Returns the sealed address of a database, or null.</summary>
    public async Task<string?> FindSealedAsync(string name, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("SELECT sealed FROM databases WHERE name = $1");
        select.Parameters.Add(new() { Value = name });
        return await select.ExecuteScalarAsync(cancellationToken) as string;
    }

    /// <summary>Returns a template, or null.</summary>
    public async Task<CredentialTemplate?> FindTemplateAsync(string databaseName, string name, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand($"SELECT {Template} FROM credential_templates WHERE database = $1 AND name = $2");
        select.Parameters.Add(new() { Value = databaseName });
        select.Parameters.Add(new() { Value = name });
        return (await TemplatesAsync(select, cancellationToken)).SingleOrDefault();
    }

    /// <summary>Returns all databases with their templates, by name.</summary>
    public async Task<IReadOnlyList<RegisteredDatabase>> ListAsync(CancellationToken cancellationToken)
    {
        await using var selectTemplates = database.CreateCommand($"SELECT {Template} FROM credential_templates ORDER BY database, name");
        var templates = (await TemplatesAsync(selectTemplates, cancellationToken)).ToLookup(template => template.Database, StringComparer.Ordinal);

        var databases = new List<RegisteredDatabase>();
        await using var select = database.CreateCommand(
            "SELECT name, host, database, username, (SELECT count(*) FROM leases WHERE leases.database = databases.name)::int FROM databases ORDER BY name");
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            var name = reader.GetString(0);
            databases.Add(new RegisteredDatabase(name, reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetInt32(4), [.. templates[name]]));
        }

        return databases;
    }

    private static async Task<List<CredentialTemplate>> TemplatesAsync(NpgsqlCommand select, CancellationToken cancellationToken)
    {
        var templates = new List<CredentialTemplate>();
        await using var reader = await select.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
        {
            templates.Add(new CredentialTemplate(
                reader.GetString(0),
                reader.GetString(1),
                new TemplateStatements(reader.GetString(2), reader.GetString(3), reader.GetString(4)),
                reader.GetTimeSpan(5),
                reader.GetTimeSpan(6),
                await reader.IsDBNullAsync(7, cancellationToken) ? null : reader.GetInt32(7)));
        }

        return templates;
    }

    private async Task<bool> ChangeAsync(string sql, AuditEvent auditEvent, CancellationToken cancellationToken, params object[] values)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var change = new NpgsqlCommand(sql, connection, transaction);
        foreach (var value in values)
        {
            change.Parameters.Add(value is DateTime ? new() { Value = value, NpgsqlDbType = NpgsqlDbType.TimestampTz } : new() { Value = value });
        }

        if (await change.ExecuteNonQueryAsync(cancellationToken) == 0)
        {
            return false;
        }

        await outbox.AddAsync(transaction, auditEvent, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return true;
    }
}

/// <summary>A registered database, without how it is reached.</summary>
internal sealed record RegisteredDatabase(
    string Name, string Host, string Database, string Username, int Leases, IReadOnlyList<CredentialTemplate> Templates);
