using System.Security.Cryptography;
using System.Text;
using McpSecure.Audit.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>Registers databases: looks whether the account can do what it is for, then seals how it is reached.</summary>
internal sealed class DatabaseRegistry(DatabaseStore store, SecretSeal seal)
{
    // pg_terminate_backend waits for the end of a session from version 14 on.
    private const int OldestVersion = 140000;

    /// <summary>Registers a database, or replaces how it is reached.</summary>
    /// <exception cref="Refusal">
    /// The account cannot log in or make roles: DATABASE_NOT_USABLE. It lies elsewhere than before and has leases: DATABASE_IN_USE, since their roles
    /// would be looked for where they are not, and taken for removed.
    /// </exception>
    public async Task RegisterAsync(string name, DatabaseAddress address, AuditEvent auditEvent, CancellationToken cancellationToken)
    {
        await VerifyAsync(name, address, cancellationToken);
        var bytes = Encoding.UTF8.GetBytes(address.Reveal());
        var sealedAddress = await seal.SealAsync(bytes, ContextOf(name), cancellationToken);
        CryptographicOperations.ZeroMemory(bytes);
        var staysThere = await FindAsync(name, cancellationToken) is { } before && before.IsWhere(address);
        var put = await store.PutAsync(name, address, sealedAddress, mayHaveLeases: staysThere, auditEvent.With("host", address.Host).With("username", address.Username), cancellationToken);
        if (!put)
        {
            throw DatabaseRefusals.InUse(name);
        }
    }

    /// <summary>Returns how a database is reached, or null where none of this name is registered.</summary>
    public async Task<DatabaseAddress?> FindAsync(string name, CancellationToken cancellationToken)
    {
        if (await store.FindSealedAsync(name, cancellationToken) is not { } stored)
        {
            return null;
        }

        var bytes = await seal.OpenAsync(stored, ContextOf(name), cancellationToken);
        return DatabaseAddress.TryParse(Encoding.UTF8.GetString(bytes), out var address, out var flaw)
            ? address
            : throw new InvalidDataException($"The stored address of database {name} {flaw}");
    }

    private static async Task VerifyAsync(string name, DatabaseAddress address, CancellationToken cancellationToken)
    {
        await using var source = address.Connect();
        await using var connection = await DatabaseRefusals.OpenAsync(name, source, cancellationToken);
        await using var look = new NpgsqlCommand(
            "SELECT rolsuper OR rolcreaterole, pg_catalog.current_setting('server_version_num')::int FROM pg_catalog.pg_roles WHERE rolname = current_user", connection);
        await using var reader = await look.ExecuteReaderAsync(cancellationToken);
        await reader.ReadAsync(cancellationToken);
        if (!reader.GetBoolean(0))
        {
            throw DatabaseRefusals.NotUsable(name, "its account may not make roles: ALTER ROLE … CREATEROLE");
        }

        if (reader.GetInt32(1) < OldestVersion)
        {
            throw DatabaseRefusals.NotUsable(name, "it is older than PostgreSQL 14");
        }
    }

    internal static byte[] ContextOf(string name) => Encoding.UTF8.GetBytes($"database\0{name}");
}
