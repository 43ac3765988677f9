using Npgsql;

namespace McpSecure.Crypto;

/// <summary>Says of work on a database that failed why, and when to try again.</summary>
internal static class DatabaseTrouble
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(5);

    /// <summary>Returns how long to wait after so many failures: 2, 4, 8 … seconds, at most five minutes.</summary>
    public static TimeSpan PauseAfter(int failures) => TimeSpan.FromSeconds(Math.Min(LongestPause.TotalSeconds, Math.Pow(2, Math.Min(failures, 16))));

    /// <summary>Names the cause, for an event.</summary>
    public static string ReasonOf(Exception problem) => problem switch
    {
        PostgresException postgres => $"SQLSTATE_{postgres.SqlState}",
        RoleStaysException => "ROLE_STAYS",
        NpgsqlException => "DATABASE_AWAY",
        _ => "INTERNAL",
    };
}
