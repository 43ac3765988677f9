using System.Security.Cryptography;
using McpSecure.Common.V1;
using McpSecure.ServiceDefaults;
using Npgsql;

namespace McpSecure.Crypto;

/// <summary>Turns what goes wrong with somebody's database into refusals: it is not our own that is away.</summary>
internal static class DatabaseRefusals
{
    /// <summary>Opens a connection.</summary>
    /// <exception cref="Refusal">DATABASE_NOT_USABLE.</exception>
    public static async Task<NpgsqlConnection> OpenAsync(string database, NpgsqlDataSource source, CancellationToken cancellationToken)
    {
        try
        {
            return await source.OpenConnectionAsync(cancellationToken);
        }
        catch (Exception e) when (e is NpgsqlException or ArgumentException or IOException or TimeoutException or CryptographicException)
        {
            throw NotUsable(database, e);
        }
    }

    /// <summary>Makes the refusal for a database that does not let something be done.</summary>
    public static Refusal NotUsable(string database, Exception exception) => NotUsable(database, exception switch
    {
        PostgresException postgres => $"it answers: {postgres.MessageText} (SQLSTATE {postgres.SqlState})",
        _ => "it cannot be reached with these settings",
    });

    /// <summary>Makes the refusal for a database that cannot be used.</summary>
    public static Refusal NotUsable(string database, string why) =>
        Refusal.Because(ErrorReason.DatabaseNotUsable, $"The database cannot be used: {why}.", ("database", database));

    /// <summary>Makes the refusal for a change that leases stand in the way of.</summary>
    public static Refusal InUse(string name) =>
        Refusal.Because(ErrorReason.DatabaseInUse, "Leases of this database are left: revoke them first.", ("database", name));

    /// <summary>Makes the refusal for a database that is not registered.</summary>
    public static Refusal NotFound(string database) =>
        Refusal.Because(ErrorReason.DatabaseNotFound, "No database is registered under this name.", ("database", database));

    /// <summary>Makes the refusal for a template that is not there.</summary>
    public static Refusal TemplateNotFound(string database, string template) =>
        Refusal.Because(ErrorReason.TemplateNotFound, "No template has this name.", ("database", database), ("template", template));
}
