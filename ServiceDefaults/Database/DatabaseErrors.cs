using System.Net.Sockets;
using Npgsql;

namespace McpSecure.ServiceDefaults;

/// <summary>Recognises errors of Postgres by their SQLSTATE (PostgreSQL manual, appendix A), never by their text.</summary>
public static class DatabaseErrors
{
    /// <summary>Tells whether a unique constraint or index of this name refused the statement.</summary>
    public static bool IsUniqueViolation(this PostgresException exception, string constraint) =>
        exception.SqlState == PostgresErrorCodes.UniqueViolation
        && string.Equals(exception.ConstraintName, constraint, StringComparison.Ordinal);

    /// <summary>
    /// Tells whether the database cannot be used now although the statement may be right: unreachable, starting, stopping, full,
    /// read-only, refusing our password, or torn by a conflict with others. The same work may succeed later.
    /// </summary>
    public static bool IsDatabaseAway(this Exception exception) => exception switch
    {
        PostgresException postgres => IsAway(postgres.SqlState),
        NpgsqlException npgsql => npgsql.IsTransient || npgsql.InnerException is SocketException or IOException or TimeoutException,
        _ => false,
    };

    private static bool IsAway(string sqlState) =>
        sqlState[..2] is "08" // connection exception
            or "28" // invalid authorization: the password is being rotated, or set wrong
            or "53" // insufficient resources: connections, memory, disk
            or "58" // system error: I/O
        || sqlState is PostgresErrorCodes.InvalidCatalogName // the database is not created yet
            or PostgresErrorCodes.ReadOnlySqlTransaction // a standby during a fail-over
            or PostgresErrorCodes.SerializationFailure
            or PostgresErrorCodes.DeadlockDetected
            or PostgresErrorCodes.LockNotAvailable
            or PostgresErrorCodes.AdminShutdown
            or PostgresErrorCodes.CrashShutdown
            or PostgresErrorCodes.CannotConnectNow
            or "25P03" // idle_in_transaction_session_timeout: we slept
            or "57P05"; // idle_session_timeout
}
